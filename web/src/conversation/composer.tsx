/** Where one writes. What is typed is kept at every keystroke, on all own devices, and changing an old message leaves it as it was. */
import type { ConversationHandle, TimelineView } from '@natter/client';
import { SendHorizontal } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { CONTENT_BYTES_MAX } from '../../../protocol/limits.ts';
import { fitsBytes } from '../../../protocol/text.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import { ComposerContext } from './composer-context.tsx';
import { MENTION_LIST_ID, MentionList, mentionOptionId } from './mention-list.tsx';
import type { Actions } from './use-actions.ts';
import { useDraft } from './use-draft.ts';
import { useMentions } from './use-mentions.ts';

interface ComposerProps {
  handle: ConversationHandle;
  view: TimelineView;
  actions: Actions;
  isGroup: boolean;
  isEnded: boolean;
}

const HEIGHT_MAX_PX = 176;
/** Where the skip link leads. */
export const COMPOSER_ID = 'composer';

export function Composer({ handle, view, actions, isGroup, isEnded }: ComposerProps) {
  const { me } = useSignedIn();
  const { mode } = actions;
  const draft = useDraft(handle.id);
  const [change, setChange] = useState('');
  const input = useRef<HTMLTextAreaElement>(null);
  const isEditing = mode.kind === 'edit';
  const typed = isEditing ? change : draft.text;
  const content = typed.trim().toWellFormed();
  const isTooLong = !fitsBytes(content, CONTENT_BYTES_MAX);
  // A change of a message changes nothing about who was mentioned in it.
  const isMentioning = isGroup && !isEditing;
  const mentions = useMentions({ input, typed, members: isMentioning ? view.members : null, write });
  const offered = mentions.offered[mentions.active];

  function write(text: string): void {
    if (isEditing) return setChange(text);
    draft.write(text);
    handle.setTyping(text.trim() !== '');
  }

  function submit(): void {
    if (content === '' || isTooLong || isEnded) return;
    if (mode.kind === 'edit') {
      if (content === mode.message.content) actions.reset();
      else actions.saveEdit(mode.message, content);
      return;
    }
    handle.send({ content, mentions: mentions.in(content), ...(mode.kind === 'reply' && { reply_to: mode.message.message_id }) });
    handle.setTyping(false);
    draft.sent();
    actions.reset();
  }

  function onKeyDown(event: KeyboardEvent): void {
    // 229: an input method is at work, also where `isComposing` has ended one key too early.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (mentions.onKeyDown(event)) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === 'Escape' && mode.kind !== 'new') {
      actions.reset();
    } else if (event.key === 'ArrowUp' && typed === '' && mode.kind === 'new') {
      const last = lastOwn(view, me.user_id);
      if (last === undefined) return;
      event.preventDefault();
      actions.on.edit(last);
    }
  }

  useEffect(() => {
    if (mode.kind === 'edit') setChange(mode.message.content);
    if (mode.kind !== 'new' || matchMedia('(pointer: fine)').matches) input.current?.focus();
  }, [mode]);
  useEffect(() => () => handle.setTyping(false), [handle]);
  useLayoutEffect(() => {
    const element = input.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight, HEIGHT_MAX_PX)}px`;
  }, [typed]);

  return (
    <div className="px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-6">
      <ComposerContext actions={actions} isTooLong={isTooLong} />
      <form
        className="relative flex items-end gap-2 rounded-3xl border border-line bg-surface p-1.5 pl-4 focus-within:border-accent"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <MentionList mentions={mentions} />
        <textarea
          ref={input}
          id={COMPOSER_ID}
          rows={1}
          value={typed}
          aria-label={isEditing ? 'Change the message' : 'Write a message'}
          placeholder={isEnded ? 'You can no longer write here' : 'Write a message'}
          aria-autocomplete={isMentioning ? 'list' : undefined}
          aria-controls={offered && MENTION_LIST_ID}
          aria-activedescendant={offered && mentionOptionId(offered.user_id)}
          enterKeyHint="send"
          dir="auto"
          disabled={isEnded}
          className="scroll-thin min-w-0 flex-1 resize-none self-center bg-transparent py-1.5 text-base leading-6 outline-none"
          onChange={(event) => write(event.target.value)}
          onSelect={mentions.look}
          onBlur={mentions.close}
          onKeyDown={onKeyDown}
        />
        <button
          type="submit"
          aria-label={isEditing ? 'Save the change' : 'Send'}
          title={isEditing ? 'Save the change' : 'Send'}
          disabled={content === '' || isTooLong || isEnded}
          className="inline-flex size-10 shrink-0 items-center justify-center rounded-full bg-accent text-on-accent transition-colors hover:bg-accent-strong disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted"
        >
          <SendHorizontal className="size-5" />
        </button>
      </form>
    </div>
  );
}

function lastOwn(view: TimelineView, ownId: string) {
  const last = view.entries.findLast(
    (entry) => entry.kind === 'message' && entry.message.sender_id === ownId && entry.message.type === 'text' && !entry.message.deleted,
  );
  return last?.kind === 'message' ? last.message : undefined;
}
