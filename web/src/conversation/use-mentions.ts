/** Whom the composer offers while an `@` is being typed, and the keys that choose. Only in groups: of two, the other is always meant. */
import { useLayoutEffect, useState, type KeyboardEvent, type RefObject } from 'react';
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
  /** Null: the first. */
  const [activeId, setActiveId] = useState<string | null>(null);
  /** Where the `@` stands that is to be left alone. */
  const [refusedAt, setRefusedAt] = useState<number | null>(null);
  /** Where the caret goes once the text is there; anew for each choice. */
  const [place, setPlace] = useState<{ caret: number } | null>(null);

  const people = (members ?? []).flatMap(({ user_id }) => (user_id === me.user_id ? [] : (known(user_id) ?? [])));
  // The text may have been replaced since, by a draft from another device.
  const isThere = query !== null && typed.startsWith(`@${query.text}`, query.at);
  const offered = isThere && query.at !== refusedAt ? matching(query.text, people) : [];
  const active = Math.max(
    0,
    offered.findIndex(({ user_id }) => user_id === activeId),
  );

  useLayoutEffect(() => {
    if (place !== null) input.current?.setSelectionRange(place.caret, place.caret);
  }, [input, place]);

  function look(): void {
    const { value = '', selectionStart = 0, selectionEnd = 0 } = input.current ?? {};
    const found = members !== null && selectionStart === selectionEnd ? queryAt(value, selectionStart) : null;
    if (found?.at === query?.at && found?.text === query?.text) return;
    setQuery(found);
    setActiveId(null);
    if (found === null) setRefusedAt(null);
  }

  function choose(person: PublicProfile): void {
    if (query === null) return;
    const { text, caret } = complete(typed, query, person, people);
    setPlace({ caret });
    setQuery(null);
    write(text);
  }

  function onKeyDown(event: KeyboardEvent): boolean {
    const chosen = offered[active];
    if (chosen === undefined || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return false;
    const step = { ArrowDown: 1, ArrowUp: offered.length - 1 }[event.key];
    if (step !== undefined) setActiveId(offered[(active + step) % offered.length]!.user_id);
    else if (event.key === 'Escape') setRefusedAt(query!.at);
    else if (event.key === 'Enter' || event.key === 'Tab') choose(chosen);
    else return false;
    event.preventDefault();
    return true;
  }

  return { offered, active, choose, look, close: () => setQuery(null), onKeyDown, in: (content) => mentionedIn(content, people) };
}
