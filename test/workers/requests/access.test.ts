/** [P8] Every route of a message request, asked as every role, answers what docs/access.md says. */
import { expect, it } from 'vitest';
import type { Conversation, Stored } from '../../../protocol/conversations.ts';
import { askOf } from '../access/asks.ts';
import { ask, done, people, text } from '../access/people.ts';
import { tableUnder } from '../access/table.ts';

/** `message_id` is by whoever asks; nobody else has written. */
async function makeRequest() {
  const all = await people('asking', 'asked', 'stranger');
  const body = { kind: 'direct', user_id: all.asked.user_id };
  const { conversation_id: id } = await done<Conversation>(all.asking, { method: 'POST', path: '/v1/conversations', body });
  const send = () => done<Stored>(all.asking, { method: 'POST', path: `/v1/conversations/${id}/messages`, body: text('hello') });
  const { message_id } = await send();
  for (let more = 1; more < 3; more++) await send();
  return { all, id, message_id };
}

let shared: ReturnType<typeof makeRequest> | undefined;

it.each(tableUnder('In a message request').map((row) => [row.request, row] as const))('%s', async (_, row) => {
  // What only reads leaves the request as it is.
  const { all, id, message_id } = row.request.startsWith('GET') ? await (shared ??= makeRequest()) : await makeRequest();
  const seen: [string, number][] = [];
  // Who is asked comes last: their answer may end the request.
  for (const role of Object.keys(row.answers).toSorted((one, other) => Number(one === 'asked') - Number(other === 'asked'))) {
    const who = all[role as keyof typeof all] as (typeof all)['asked'] | undefined;
    const users = { 'somebody new': all.stranger.user_id, oneself: (who ?? all.asked).user_id };
    seen.push([role, (await ask(who, askOf(row, { id, message_id, users }))).status]);
  }
  expect(Object.fromEntries(seen)).toEqual(row.answers);
});
