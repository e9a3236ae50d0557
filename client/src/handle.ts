/** A conversation as programs hold it: checks what they ask for, and makes frames of it. */
import type { Refusal } from '../../protocol/errors.ts';
import { CONTENT_BYTES_MAX } from '../../protocol/limits.ts';
import { fitsBytes, isWellFormed } from '../../protocol/text.ts';
import type { Conversation } from './conversation.ts';
import { NatterError } from './error.ts';
import type { ConversationHandle } from './types.ts';
import { localEntry } from './view.ts';

export interface HandleHost {
  newId(): string;
  open(): void;
  close(): void;
  isMarkedUnread(): boolean;
  /** The user is here: no mark by hand holds any longer. */
  entered(): void;
  /** The text has left the composer. */
  onSent(): void;
}

export function createHandle(id: string, conversation: Conversation, host: HandleHost): ConversationHandle {
  const { view, status, retry, discard, loadOlder, setTyping } = conversation;
  const change = () => ({ global_id: host.newId() });
  return {
    id,
    timeline: view,
    status,
    open() {
      host.entered();
      host.open();
    },
    close: host.close,
    send({ type = 'text', ...input }) {
      const { entry, stored } = conversation.add({ op: 'send', ...change(), type, ...input }, refusalOfContent(input.content));
      host.entered();
      if (type === 'text') host.onSent();
      return { entry: localEntry(entry, false), stored };
    },
    async edit(target, content) {
      const refusal = refusalOfContent(content);
      if (refusal) throw new NatterError(refusal);
      return conversation.add({ op: 'edit', ...change(), target, content }).stored;
    },
    delete: (target) => conversation.add({ op: 'delete', ...change(), target }).stored,
    react: (target, emoji, on) => conversation.add({ op: 'react', ...change(), target, emoji, on }).stored,
    retry,
    discard,
    loadOlder,
    markRead(messageId) {
      if (!host.isMarkedUnread()) conversation.markRead(messageId);
    },
    setTyping,
  };
}

/** What the server would refuse is not sent; the text is kept all the same. */
function refusalOfContent(content: string): Refusal | undefined {
  if (content === '') return { code: 'bad_request', detail: 'content must not be empty' };
  if (!isWellFormed(content)) return { code: 'bad_request', detail: 'content must be well-formed Unicode' };
  if (!fitsBytes(content, CONTENT_BYTES_MAX)) return { code: 'too_large', detail: `content must be at most ${CONTENT_BYTES_MAX} bytes` };
  return undefined;
}
