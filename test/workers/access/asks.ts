/** How a row of docs/access.md is asked: its path filled in, with the body and query its route needs. */
import { text, uuid, type Ask } from './people.ts';
import { routeOf, type Row } from './table.ts';

/** What a row is asked about. */
export interface Place {
  id?: string;
  /** Of a message by somebody else. */
  message_id?: number;
  /** Whom the words of the row mean. */
  users: Record<string, string>;
  device_id?: string;
}

const BODIES: Record<string, (place: Place, user: string) => unknown> = {
  'PATCH /v1/conversations/{conversation_id}': () => ({ title: 'Another' }),
  'PUT /v1/conversations/{conversation_id}/read': () => ({ message_id: 1 }),
  'PATCH /v1/conversations/{conversation_id}/settings': () => ({ pinned: true }),
  'PUT /v1/conversations/{conversation_id}/draft': () => ({ content: 'later', edited_at: 1 }),
  'POST /v1/conversations/{conversation_id}/messages': () => text('hello'),
  'PATCH /v1/conversations/{conversation_id}/messages/{message_id}': () => ({ content: 'other words' }),
  'PUT /v1/conversations/{conversation_id}/members/{user_id} a member as admin': () => ({ role: 'admin' }),
  'PUT /v1/conversations/{conversation_id}/members/{user_id} oneself as owner': () => ({ role: 'owner' }),
  'POST /v1/conversations direct': (_, user_id) => ({ kind: 'direct', user_id }),
  'POST /v1/conversations group': (_, user) => ({ kind: 'group', title: 'Group', member_ids: [user] }),
  'PATCH /v1/me': () => ({ name: 'Another' }),
  'PUT /v1/devices/{device_id}': () => ({ name: 'Laptop', platform: 'web' }),
  'PUT /v1/devices/{device_id}/push': () => ({ kind: 'fcm', token: uuid() }),
  'POST /v1/push/test of somebody else': ({ device_id }) => ({ device_id }),
  'POST /v1/auth/sign-up/email': () => ({}),
  'POST /v1/auth/sign-in/email': () => ({}),
  'POST /v1/auth/sign-in/username': () => ({}),
  'POST /v1/auth/change-password': () => ({}),
};

const QUERIES: Record<string, (place: Place, user: string) => string> = {
  'GET /v1/messages/sync': ({ id }) => `conversation_id=${id}`,
  'GET /v1/conversations/{conversation_id}/socket': () => `device_id=${uuid()}`,
  'GET /v1/inbox/socket': () => `device_id=${uuid()}`,
  'GET /v1/users by id': (_, user) => `ids=${user}`,
};

export function askOf(row: Row, place: Place): Ask {
  const [method = '', path = '', ...words] = row.request.split(' ');
  const user = place.users[words.join(' ')] ?? uuid();
  const filled = path
    .replace('{conversation_id}', place.id ?? '')
    .replace('{message_id}', String(place.message_id))
    .replace('{emoji}', encodeURIComponent('👍'))
    .replace('{user_id}', user)
    .replace('{device_id}', words.length > 0 ? (place.device_id ?? uuid()) : uuid());
  const query = forRow(QUERIES, row)?.(place, user);
  const body = forRow(BODIES, row)?.(place, user);
  return {
    method,
    path: query === undefined ? filled : `${filled}?${query}`,
    ...(body !== undefined && { body }),
    ...(path.endsWith('/socket') && { upgrade: true as const }),
  };
}

/** By the whole row, or else by its route. */
const forRow = <T>(table: Record<string, T>, row: Row): T | undefined => table[row.request] ?? table[routeOf(row)];
