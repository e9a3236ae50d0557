/**
 * What is typed and not sent, per conversation: kept on this device at once, told to the server at most once a
 * second, the last edit winning. Knows no rows: what it has not told yet is a wish laid over them.
 * Invariants: one request, and one write, per conversation at a time; an edit made meanwhile follows it. What the
 * server does not take stays here, on the disk too, and is told with its next edit, or when the connection or the
 * conversation comes back.
 */
import { ERRORS } from '../../protocol/errors.ts';
import type { Draft, DraftBody } from '../../protocol/inbox.ts';
import { CONTENT_BYTES_MAX } from '../../protocol/limits.ts';
import { fitsBytes } from '../../protocol/text.ts';
import { refusalOf } from './error.ts';
import type { ClientStorage, KeptDraft } from './storage.ts';
import type { Environment } from './types.ts';

export const DRAFT_INTERVAL_MS = 1_000;
/** After no answer, unless the server names a longer time. */
export const DRAFT_RETRY_MS = 10_000;

export interface DraftsHost {
  environment: Pick<Environment, 'now' | 'setTimer'>;
  storage: ClientStorage;
  put(conversationId: string, body: DraftBody): Promise<Draft>;
  /** Lays this over the row; the latest of a conversation replaces those before. */
  onDraft(conversationId: string, content: string): void;
  /** The server has it, or a later one: then `stands`. */
  onTold(conversationId: string, stands: string): void;
  /** It has become a message before the server heard of it. */
  onDropped(conversationId: string): void;
}

interface Pending extends KeptDraft {
  /** The latest edit is on its way, told or refused. */
  sent: boolean;
  busy: boolean;
  /** The latest edit is on the disk or on its way there. */
  kept: boolean;
  writing: Promise<void> | undefined;
  notBefore: number;
  cancel: () => void;
}

export function createDrafts({ environment, storage, put, onDraft, onTold, onDropped }: DraftsHost) {
  const pending = new Map<string, Pending>();
  /** When a draft was last edited, as far as known, so that a clock that went back does not lose. */
  const editedAt = new Map<string, number>();
  let owner: string | undefined;

  function edit(id: string, content: string, afterMs = DRAFT_INTERVAL_MS): void {
    const edited_at = Math.max(environment.now(), (editedAt.get(id) ?? 0) + 1);
    editedAt.set(id, edited_at);
    const before = pending.get(id);
    const wait = environment.now() + afterMs;
    const next = before ?? pendingOf({ conversation_id: id, content, edited_at }, wait);
    Object.assign(next, { content, edited_at, sent: false });
    pending.set(id, next);
    onDraft(id, content);
    keep(next);
    schedule(next);
  }

  function keep(draft: Pending): void {
    draft.kept = false;
    if (owner !== undefined) draft.writing ??= write(owner, draft);
  }

  async function write(by: string, draft: Pending): Promise<void> {
    while (!draft.kept && pending.get(draft.conversation_id) === draft) {
      const { conversation_id, content, edited_at } = draft;
      draft.kept = true;
      // A full disk: the text is still in memory and on its way.
      await storage.putDraft(by, { conversation_id, content, edited_at }).catch(() => {});
    }
    draft.writing = undefined;
  }

  function schedule(draft: Pending): void {
    draft.cancel();
    if (draft.busy || draft.sent || owner === undefined || !fitsBytes(draft.content, CONTENT_BYTES_MAX)) return;
    draft.cancel = environment.setTimer(() => void tell(draft), Math.max(0, draft.notBefore - environment.now()));
  }

  async function tell(draft: Pending): Promise<void> {
    const { conversation_id: id, content, edited_at } = draft;
    Object.assign(draft, { busy: true, sent: true, notBefore: environment.now() + DRAFT_INTERVAL_MS });
    try {
      const stands = await put(id, { content, edited_at });
      editedAt.set(id, Math.max(editedAt.get(id) ?? 0, stands.edited_at));
      draft.busy = false;
      if (draft.sent) return settle(id, () => onTold(id, stands.content));
      // Typed meanwhile: later than whatever stands there.
      draft.edited_at = Math.max(draft.edited_at, stands.edited_at + 1);
      editedAt.set(id, draft.edited_at);
    } catch (error) {
      draft.busy = false;
      const { code, retry_after } = refusalOf(error);
      // Signed out is no verdict on the text.
      if (ERRORS[code].retry !== 'never' || code === 'unauthenticated') {
        draft.sent = false;
        draft.notBefore = environment.now() + Math.max(DRAFT_RETRY_MS, (retry_after ?? 0) * 1_000);
      }
    }
    schedule(draft);
  }

  function settle(id: string, told: () => void): void {
    pending.delete(id);
    if (owner !== undefined) storage.removeDraft(owner, id).catch(() => {});
    told();
  }

  return {
    edit: (id: string, content: string): void => edit(id, content),
    /** What was left over from the last run; what has been typed since is later. */
    restore(userId: string, drafts: readonly KeptDraft[]): void {
      owner = userId;
      for (const draft of drafts) {
        editedAt.set(draft.conversation_id, Math.max(editedAt.get(draft.conversation_id) ?? 0, draft.edited_at));
        if (pending.has(draft.conversation_id)) continue;
        pending.set(draft.conversation_id, pendingOf(draft, 0));
        onDraft(draft.conversation_id, draft.content);
      }
      for (const draft of pending.values()) {
        keep(draft);
        schedule(draft);
      }
    },
    /** The text has become a message, which the other devices are to hear at once. `isThere`: the server knows of a draft. */
    clear(id: string, isThere: boolean): void {
      const draft = pending.get(id);
      if (!draft) return isThere ? edit(id, '', 0) : undefined;
      if (isThere || draft.busy || draft.sent) return edit(id, '');
      draft.cancel();
      settle(id, () => onDropped(id));
    },
    /** The conversation is there, perhaps again: what was refused may be taken now. */
    again(id: string): void {
      const draft = pending.get(id);
      if (!draft) return;
      draft.sent = false;
      schedule(draft);
    },
    async stop(): Promise<void> {
      for (const draft of pending.values()) draft.cancel();
      for (const { writing } of [...pending.values()]) await writing;
    },
  };
}

const pendingOf = (draft: KeptDraft, notBefore: number): Pending => ({
  ...draft,
  notBefore,
  sent: false,
  busy: false,
  kept: false,
  writing: undefined,
  cancel: () => {},
});
