/**
 * Brings one scene into its conversation: sends what is not there yet, and does no change a second time.
 * Owns the ids that make this repeatable; what people did since then stays as it is.
 */
import { NatterError, type Client } from '@natter/client';
import { isMessageType, type Message } from '../../protocol/message.ts';
import { uuidv5 } from '../../protocol/ids.ts';
import { logOf } from '../replay/check.ts';
import { patiently, type OnWait } from '../replay/patience.ts';
import type { Act, Name, Scene } from './story.ts';

export interface Actor {
  userId: string;
  client: Client;
}
export type Actors = Record<Name, Actor>;

/** How many messages and changes were new. */
export async function perform(scene: Scene, actors: Actors, onWait: OnWait): Promise<number> {
  const opener = actors[scene.members[0]!];
  const conversationId = await openConversation(scene, actors, onWait);
  const globalIdOf = (id: string) => uuidv5(`demo/${conversationId}/${id}`);
  const log = await logOf(opener.client, conversationId, onWait);
  const numbers = new Map(log.map(({ global_id, message_id }) => [global_id, message_id]));
  const numberOf = async (id: string): Promise<number> => {
    const number = numbers.get(await globalIdOf(id));
    if (number === undefined) throw new Error(`the scene ${scene.key} speaks of ${id} before it is said`);
    return number;
  };

  let fresh = 0;
  for (const act of scene.acts) {
    const { userId, client } = actors[act.by];
    if ('says' in act) {
      const global_id = await globalIdOf(act.id);
      if (numbers.has(global_id)) continue;
      const body = {
        global_id,
        type: 'text' as const,
        content: act.says,
        ...(act.answers !== undefined && { reply_to: await numberOf(act.answers) }),
        ...(act.mentions && { mentions: act.mentions.map((name) => actors[name].userId) }),
      };
      const { message_id } = await patiently(() => client.api.send(conversationId, body), onWait);
      numbers.set(global_id, message_id);
      fresh++;
      continue;
    }
    const target = await numberOf(targetOf(act));
    if (log.some((entry) => isSame(entry, act, target, userId))) continue;
    if (await change(client, conversationId, act, target)) fresh++;
  }
  if (fresh > 0) await markRead(scene, actors, conversationId, onWait);
  return fresh;
}

async function openConversation({ key, title, members }: Scene, actors: Actors, onWait: OnWait): Promise<string> {
  const [opener, ...others] = members.map((name) => actors[name]);
  const { api } = opener!.client;
  if (title === null) return (await patiently(() => api.createDirect(others[0]!.userId), onWait)).conversation_id;
  const globalId = await uuidv5(`demo/${opener!.userId}/${key}`);
  const memberIds = others.map(({ userId }) => userId);
  return (await patiently(() => api.createGroup(title, memberIds, globalId), onWait)).conversation_id;
}

type Change = Exclude<Act, { says: string }>;

const targetOf = (act: Change): string => ('edits' in act ? act.edits : 'deletes' in act ? act.deletes : act.reactsTo);

/** It has been done before, be it undone since. */
function isSame(entry: Message, act: Change, target: number, userId: string): boolean {
  if (entry.target !== target || entry.sender_id !== userId) return false;
  if ('edits' in act) return entry.type === 'edit';
  if ('deletes' in act) return entry.type === 'deletion';
  return entry.type === 'reaction' && entry.content === act.with;
}

/** False: somebody has deleted the message since. */
async function change(client: Client, conversationId: string, act: Change, target: number): Promise<boolean> {
  const conversation = client.conversation(conversationId);
  try {
    if ('edits' in act) await conversation.edit(target, act.to);
    else if ('deletes' in act) await conversation.delete(target);
    else await conversation.react(target, act.with, true);
    return true;
  } catch (error) {
    if (error instanceof NatterError && error.code === 'gone') return false;
    throw error;
  }
}

async function markRead({ members, behind = {} }: Scene, actors: Actors, conversationId: string, onWait: OnWait): Promise<void> {
  const log = await logOf(actors[members[0]!].client, conversationId, onWait);
  const messages = log.filter(({ type }) => isMessageType(type));
  for (const name of members) {
    const unread = behind[name] ?? 0;
    const last = unread === 0 ? log.at(-1) : messages.at(-1 - unread);
    if (last) await patiently(() => actors[name].client.api.read(conversationId, last.message_id), onWait);
  }
}
