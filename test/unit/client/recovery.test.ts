/** What becomes of the copy on this device after a hello. */
import { expect, test } from 'vitest';
import { recoveryFor, type Recovery } from '../../../client/src/recovery.ts';
import type { Cursor } from '../../../client/src/storage.ts';

const copy: Cursor = { epoch: 'one', first: 1, last: 40 };
const hello = { epoch: 'one', last_message_id: 50, from_message_id: 41, has_more: false };

test.each<[title: string, copy: Cursor, hello: typeof hello, expected: Recovery]>([
  ['what is missing follows', copy, hello, { action: 'follow' }],
  ['nothing is missing', copy, { ...hello, last_message_id: 40 }, { action: 'follow' }],
  ['a copy without an epoch takes that of the hello', { ...copy, epoch: null }, hello, { action: 'follow' }],
  ['more is missing than follows', copy, { ...hello, has_more: true }, { action: 'catch_up' }],
  ['what follows does not begin where the copy ends', copy, { ...hello, from_message_id: 45 }, { action: 'catch_up' }],
  ['the log is another one', copy, { ...hello, epoch: 'two' }, { action: 'start_over', why: 'epoch' }],
  ['the log ends before the copy', copy, { ...hello, last_message_id: 39 }, { action: 'start_over', why: 'shorter' }],
  ['however far it is behind, the copy stays', copy, { ...hello, last_message_id: 1_000_000, has_more: true }, { action: 'catch_up' }],
])('[P7] %s', (_title, before, greeting, expected) => {
  expect(recoveryFor(before, greeting)).toEqual(expected);
});
