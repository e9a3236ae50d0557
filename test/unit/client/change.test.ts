/** What a change does to its target: the `changed_by` rule and the three kinds. */
import { describe, expect, test } from 'vitest';
import { changed, isChange, isShown } from '../../../client/src/change.ts';
import type { Message } from '../../../protocol/message.ts';
import { ANN, BEN, deletion, edit, reaction, text } from './builders.ts';

const liked = text(1, { changed_by: 2, reactions: [{ emoji: '👍', count: 1, user_ids: [ANN] }] });

describe('changed', () => {
  test.each<[title: string, target: Message, change: Message, expected: Message]>([
    ['an edit replaces the text', text(1), edit(2, 1, 'new'), text(1, { content: 'new', changed_by: 2, edited_by: 2 })],
    ['an edit keeps the reactions', liked, edit(3, 1, 'new'), { ...liked, content: 'new', changed_by: 3, edited_by: 3 }],
    [
      'an edit whose text a deletion has blanked leaves the text to the deletion',
      text(1),
      { ...edit(2, 1, ''), changed_by: 3 },
      text(1, { changed_by: 2, edited_by: 2 }),
    ],
    [
      'a deletion leaves a stub',
      { ...liked, mentions: [BEN], reply_to: 1 },
      deletion(3, 1),
      text(1, { content: '', deleted: true, changed_by: 3 }),
    ],
    ['a first reaction', text(1), reaction(2, 1, '👍'), liked],
    [
      'a reaction of somebody else is added',
      liked,
      reaction(3, 1, '👍', true, BEN),
      { ...liked, changed_by: 3, reactions: [{ emoji: '👍', count: 2, user_ids: [ANN, BEN] }] },
    ],
    [
      'another emoji comes after',
      liked,
      reaction(3, 1, '🎉'),
      { ...liked, changed_by: 3, reactions: [...liked.reactions!, { emoji: '🎉', count: 1, user_ids: [ANN] }] },
    ],
    ['the last of its kind is taken off', liked, reaction(3, 1, '👍', false), text(1, { changed_by: 3 })],
    [
      'one of two is taken off',
      { ...liked, reactions: [{ emoji: '👍', count: 2, user_ids: [ANN, BEN] }] },
      reaction(3, 1, '👍', false),
      { ...liked, changed_by: 3, reactions: [{ emoji: '👍', count: 1, user_ids: [BEN] }] },
    ],
  ])('%s', (_title, target, change, expected) => {
    expect(changed(target, change)).toEqual(expected);
  });

  test('a change that is not newer than the last one leaves the very same object', () => {
    expect(changed(liked, edit(2, 1, 'old'))).toBe(liked);
    expect(changed(liked, deletion(1, 1))).toBe(liked);
  });

  test('nothing is changed in place', () => {
    const target = Object.freeze({ ...liked, reactions: Object.freeze([...liked.reactions!]) as typeof liked.reactions & object });
    expect(changed(target, reaction(3, 1, '👍', true, BEN))).not.toBe(target);
  });
});

test('what is listed and what changes something listed', () => {
  const kinds = ['text', 'encrypted', 'membership', 'conversation', 'edit', 'deletion', 'reaction', 'poll'];
  const of = (type: string) => text(1, { type: type as Message['type'], target: 1 });
  expect(kinds.filter((type) => isShown(of(type)))).toEqual(['text', 'encrypted', 'membership', 'conversation']);
  expect(kinds.filter((type) => isChange(of(type)))).toEqual(['edit', 'deletion', 'reaction']);
});
