/** [limits] Every size and count of the contract has its constant, and the schemas hold it: at the limit yes, one above no. */
import { describe, expect, it } from 'vitest';
import { usersQuery, patchProfileBody } from '../../../protocol/accounts.ts';
import { sendBody, reactFrame } from '../../../protocol/client-frames.ts';
import { createConversationBody, historyQuery, listQuery, patchConversationBody, syncQuery } from '../../../protocol/conversations.ts';
import * as limits from '../../../protocol/limits.ts';

const ID = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f';
const ids = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `017f22e2-79b0-7cc3-98c4-${index.toString(16).padStart(12, '0')}`);
const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown): boolean => schema.safeParse(value).success;
const send = (more: object): object => ({ global_id: ID, type: 'text', content: 'x', ...more });
const url = (length: number): string => `https://example.org/${'x'.repeat(length - 'https://example.org/'.length)}`;

describe('[limits] of the contract', () => {
  it('are these', () => {
    expect({ ...limits }).toEqual({
      GROUP_MEMBERS_MAX: 100,
      TITLE_CHARACTERS_MAX: 200,
      AVATAR_URL_CHARACTERS_MAX: 2_000,
      NAME_CHARACTERS_MAX: 100,
      CONTENT_BYTES_MAX: 16_384,
      FRAME_BYTES_MAX: 131_072,
      FRAME_BYTES_FATAL: 1_048_576,
      FRAMES_PER_ARRAY_MAX: 100,
      MENTIONS_MAX: 50,
      ATTACHMENTS_MAX: 10,
      EMOJIS_PER_MESSAGE_MAX: 50,
      EMOJI_BYTES_MAX: 64,
      EDITS_PER_HOUR_MAX: 100,
      EDITS_PER_MESSAGE_MAX: 1_000,
      CONVERSATION_BYTES_MAX: 8_000_000_000,
      BROADCAST_BYTES_MAX: 262_144,
      UNHEARD_BYTES_MAX: 1_048_576,
      UNHEARD_MS_MAX: 30_000,
      SILENCE_MS_MAX: 90_000,
      HISTORY_SCAN_MAX: 5_000,
      REFUSED_FRAMES_MAX: 1_000,
      HELD_FRAMES_MAX: 10_000,
      FLOOD_WINDOW_MS: 10_000,
      SEND_RATE_PER_SECOND: 10,
      SEND_BURST: 30,
      ERROR_RATE_PER_SECOND: 1,
      ERROR_BURST: 20,
      SIGNAL_RATE_PER_SECOND: 20,
      SIGNAL_BURST: 60,
      HELLO_ENTRIES_MAX: 200,
      HELLO_BYTES_MAX: 262_144,
      SYNC_ENTRIES_MAX: 500,
      SYNC_BYTES_MAX: 1_048_576,
      PAGE_DEFAULT: 50,
      PAGE_MAX: 200,
      INBOX_PAGE_BYTES_MAX: 262_144,
      TOMBSTONE_LIFETIME_MS: 7_776_000_000,
      DUPLICATE_RANGE_MAX: 10_000,
      DUPLICATE_RANGE_DEFAULT: 1_000,
      DEVICES_PER_USER_MAX: 20,
      NEW_DEVICES_PER_HOUR: 60,
      PUSH_UNUSED_MS: 5_184_000_000,
      SOCKETS_PER_DEVICE_MAX: 5,
      USERS_PER_LOOKUP_MAX: 100,
      MEMBERS_IN_ROW_MAX: 8,
      WATCHED_USERS_MAX: 200,
      WATCH_RATE_PER_SECOND: 1,
      WATCH_BURST: 10,
      INBOX_MESSAGES_MAX: 20,
      DEVICE_NAME_CHARACTERS_MAX: 100,
      PUSH_URL_CHARACTERS_MAX: 2_000,
      PUSH_TOKEN_CHARACTERS_MAX: 4_096,
      WATCH_LEASE_MS: 600_000,
      SESSION_LIFETIME_MS: 2_592_000_000,
      SESSIONS_PER_USER_MAX: 200,
      UPGRADES_PER_MINUTE: 120,
      FAILED_UPGRADES_PER_MINUTE: 60,
      TICKET_LIFETIME_MS: 30_000,
      TYPING_LEASE_MS: 10_000,
      HEARTBEAT_INTERVAL_MS: 5_000,
      LEASE_MS: 30_000,
      REQUEST_MESSAGES_MAX: 3,
      REQUEST_BYTES_MAX: 1_000,
      ASK_AGAIN_AFTER_MS: 2_592_000_000,
      REQUESTS_COUNTED_MAX: 1_000,
      INVITATION_LIFETIME_MS: 1_209_600_000,
      INVITATIONS_PER_GROUP_MAX: 100,
      INVITATIONS_PER_USER_MAX: 50,
      CONTACTS_MAX: 10_000,
      BLOCKS_MAX: 10_000,
      LEFT_REMEMBERED_MAX: 200,
      NEW_GROUPS_PER_DAY: 50,
      STRANGERS_ADDED_PER_DAY: 200,
      FIRST_MESSAGES_PER_DAY: 50,
      NEW_BY_STRANGERS_PER_DAY: 100,
      RELAXED_FACTOR: 100,
    });
  });

  it.each([
    ['content, in bytes', sendBody, (size: number) => send({ content: 'x'.repeat(size) }), limits.CONTENT_BYTES_MAX],
    [
      'content of three-byte characters',
      sendBody,
      (size: number) => send({ content: '€'.repeat(size) }),
      Math.floor(limits.CONTENT_BYTES_MAX / 3),
    ],
    ['mentions', sendBody, (size: number) => send({ mentions: ids(size) }), limits.MENTIONS_MAX],
    ['attachments', sendBody, (size: number) => send({ attachments: ids(size).map((media_id) => ({ media_id })) }), limits.ATTACHMENTS_MAX],
    [
      'an emoji, in bytes',
      reactFrame,
      (size: number) => ({ op: 'react', global_id: ID, target: 1, on: true, emoji: 'x'.repeat(size) }),
      limits.EMOJI_BYTES_MAX,
    ],
    [
      'a title',
      createConversationBody,
      (size: number) => ({ kind: 'group', title: 'x'.repeat(size), member_ids: [ID] }),
      limits.TITLE_CHARACTERS_MAX,
    ],
    ['a changed title', patchConversationBody, (size: number) => ({ title: 'x'.repeat(size) }), limits.TITLE_CHARACTERS_MAX],
    ['an avatar’s address', patchConversationBody, (size: number) => ({ avatar_url: url(size) }), limits.AVATAR_URL_CHARACTERS_MAX],
    ['a name', patchProfileBody, (size: number) => ({ name: 'x'.repeat(size) }), limits.NAME_CHARACTERS_MAX],
    ['users looked up', usersQuery, (size: number) => ({ ids: ids(size).join(',') }), limits.USERS_PER_LOOKUP_MAX],
    ['a page', listQuery, (size: number) => ({ limit: size }), limits.PAGE_MAX],
    ['a page of history', historyQuery, (size: number) => ({ limit: size }), limits.PAGE_MAX],
    ['a sync page', syncQuery, (size: number) => ({ conversation_id: ID, limit: size }), limits.SYNC_ENTRIES_MAX],
  ])('%s', (_what, schema, value, max) => {
    expect([max - 1, max, max + 1].map((size) => accepts(schema, value(size)))).toEqual([true, true, false]);
  });

  it('content that is too long says so by its code', () => {
    const parsed = sendBody.safeParse(send({ content: 'x'.repeat(limits.CONTENT_BYTES_MAX + 1) }));
    expect(parsed.error?.issues).toMatchObject([{ path: ['content'], params: { code: 'too_large' } }]);
  });

  it.each([
    ['empty content', send({ content: '' })],
    ['lone surrogates', send({ content: '\ud800' })],
    ['upper-case ids', send({ global_id: ID.toUpperCase() })],
    ['fractional numbers', send({ after_message_id: 1.5 })],
    ['negative numbers', send({ after_message_id: -1 })],
    ['a reply to nothing', send({ reply_to: 0 })],
    ['types that are changes', send({ type: 'edit' })],
  ])('[P10] a send with %s is refused', (_what, body) => expect(accepts(sendBody, body)).toBe(false));

  it('a page has its standard size, and unknown fields are ignored', () => {
    expect(listQuery.parse({ more: 'of it' })).toEqual({ cursor: '', limit: limits.PAGE_DEFAULT });
    expect(sendBody.parse(send({ more: 'of it' }))).toEqual(send({}));
  });

  it('history is asked before or around a message, not both', () => {
    expect(accepts(historyQuery, { before: 3, around: 3 })).toBe(false);
  });
});
