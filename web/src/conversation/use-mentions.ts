/** Whom the composer offers while an `@` is being typed, and the keys that choose. Only in groups: of two, the other is always meant. */
import { useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import type { Member } from '../../../protocol/server-frames.ts';
import type { PublicProfile } from '../../../protocol/accounts.ts';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { complete, matching, mentionedIn, queryAt, type MentionQuery } from '../lib/mentions.ts';

interface MentionsDeps {
  input: RefObject<HTMLTextAreaElement | null>;
  typed: string;
  /** Null: nobody is offered here. */
  members: readonly Member[] | null;
  write(text: string): void;
}

export interface Mentions {
  offered: readonly PublicProfile[];
  /** Index of the one that Enter takes. */
  active: number;
  choose(person: PublicProfile): void;
  /** The text or the caret has moved. */
  look(): void;
  close(): void;
  /** @returns true when the key was for the list */
  onKeyDown(event: KeyboardEvent): boolean;
  /** Ids of those who are mentioned in what is to be sent. */
  in(content: string): string[];
}

export function useMentions({ input, typed, members, write }: MentionsDeps): Mentions {
  const { me } = useSignedIn();
  const { known } = usePeople();
  const [query, setQuery] = useState<MentionQuery | null>(null);
  const [active, setActive] = useState(0);
  /** Where the `@` stands that is to be left alone. */
  const [refusedAt, setRefusedAt] = useState<number | null>(null);
  const caretAfter = useRef<number | null>(null);

  const people = (members ?? []).flatMap(({ user_id }) => (user_id === me.user_id ? [] : (known(user_id) ?? [])));
  const offered = query === null || query.at === refusedAt ? [] : matching(query.text, people);

  useLayoutEffect(() => {
    if (caretAfter.current === null) return;
    input.current?.setSelectionRange(caretAfter.current, caretAfter.current);
    caretAfter.current = null;
  }, [input, typed]);

  function look(): void {
    const { value = '', selectionStart = 0, selectionEnd = 0 } = input.current ?? {};
    const found = members !== null && selectionStart === selectionEnd ? queryAt(value, selectionStart) : null;
    if (found?.at === query?.at && found?.text === query?.text) return;
    setQuery(found);
    setActive(0);
    if (found === null) setRefusedAt(null);
  }

  function choose(person: PublicProfile): void {
    if (query === null) return;
    const { text, caret } = complete(typed, query, person, people);
    caretAfter.current = caret;
    setQuery(null);
    write(text);
  }

  function onKeyDown(event: KeyboardEvent): boolean {
    const chosen = offered[active];
    if (chosen === undefined) return false;
    if (event.key === 'ArrowDown') setActive((active + 1) % offered.length);
    else if (event.key === 'ArrowUp') setActive((active + offered.length - 1) % offered.length);
    else if (event.key === 'Escape') setRefusedAt(query!.at);
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey) choose(chosen);
    else return false;
    event.preventDefault();
    return true;
  }

  return { offered, active, choose, look, close: () => setQuery(null), onKeyDown, in: (content) => mentionedIn(content, people) };
}
