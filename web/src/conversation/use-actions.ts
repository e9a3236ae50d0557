/**
 * What can be done with a message, and what the composer is doing: writing a new
 * one, answering one, or changing one. A refusal is kept until it is dismissed.
 */
import type { ConversationHandle, LocalEntry } from '@natter/client';
import { useMemo, useState } from 'react';
import type { Message } from '../../../protocol/message.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import { mentionsOf } from '../lib/mentions.ts';
import { asked } from '../session/asked.ts';

export type Mode = { kind: 'new' } | { kind: 'reply'; message: Message } | { kind: 'edit'; message: Message };

export interface MessageActions {
  reply(message: Message): void;
  edit(message: Message): void;
  askDeletion(message: Message): void;
  showAudience(message: Message): void;
  toggleReaction(message: Message, emoji: string): void;
  copy(text: string): void;
  retry(entry: LocalEntry): void;
  discard(entry: LocalEntry): void;
}
export interface Actions {
  mode: Mode;
  failure: string | null;
  deleting: Message | null;
  /** Whose readers are shown. */
  audienceOf: Message | null;
  on: MessageActions;
  reset(): void;
  dismiss(): void;
  saveEdit(message: Message, content: string): void;
  confirmDeletion(): void;
  cancelDeletion(): void;
  hideAudience(): void;
}

export function useActions(handle: ConversationHandle): Actions {
  const { me } = useSignedIn();
  const [mode, setMode] = useState<Mode>({ kind: 'new' });
  const [failure, setFailure] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<Message | null>(null);
  const [audienceOf, setAudienceOf] = useState<Message | null>(null);

  const { on, attempt } = useMemo(() => {
    async function tryTo(what: string, answer: Promise<unknown>): Promise<void> {
      const outcome = await asked(answer);
      if (!outcome.ok) setFailure(`${what}: ${outcome.refusal.detail}`);
    }
    const actions: MessageActions = {
      reply: (message) => setMode({ kind: 'reply', message }),
      edit: (message) => setMode({ kind: 'edit', message }),
      askDeletion: setDeleting,
      showAudience: setAudienceOf,
      toggleReaction(message, emoji) {
        const isOn = message.reactions?.some((one) => one.emoji === emoji && one.user_ids.includes(me.user_id)) ?? false;
        void tryTo('The reaction was not taken', handle.react(message.message_id, emoji, !isOn));
      },
      copy(text) {
        navigator.clipboard.writeText(text).catch(() => setFailure('The browser does not allow copying here'));
      },
      retry(entry) {
        const { content, type, reply_to, mentions = [] } = entry;
        const present = mentionsOf(handle.timeline.get().members, mentions);
        if (present.length === mentions.length) return handle.retry(entry.global_id);
        // With other mentions it is another message.
        handle.send({ content, type, mentions: present, ...(reply_to !== undefined && { reply_to }) });
        void handle.discard(entry.global_id);
      },
      discard: (entry) => void handle.discard(entry.global_id),
    };
    return { on: actions, attempt: tryTo };
  }, [handle, me.user_id]);

  return {
    mode,
    failure,
    deleting,
    audienceOf,
    on,
    reset: () => setMode({ kind: 'new' }),
    dismiss: () => setFailure(null),
    saveEdit(message, content) {
      setMode({ kind: 'new' });
      void attempt('The change was not taken', handle.edit(message.message_id, content));
    },
    confirmDeletion() {
      if (deleting) void attempt('The message was not deleted', handle.delete(deleting.message_id));
      setDeleting(null);
    },
    cancelDeletion: () => setDeleting(null),
    hideAudience: () => setAudienceOf(null),
  };
}
