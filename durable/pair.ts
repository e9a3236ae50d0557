/**
 * The direct conversation of two users. Its id follows from theirs; where another conversation sits on
 * that id (clients could choose the ids of groups once), the pair has the spare one. Everybody who
 * needs a pair's conversation finds it here.
 */
import { directConversationId, spareDirectConversationId } from '../protocol/ids.ts';
import type { Bindings } from './bindings.ts';
import type { Pairing } from './conversation/api.ts';

export interface Pair {
  conversation_id: string;
  /** As the first of the two may see it. */
  pairing: Pairing;
}

export async function findPair({ CONVERSATION }: Pick<Bindings, 'CONVERSATION'>, userId: string, otherId: string): Promise<Pair> {
  const ask = async (conversation_id: string): Promise<Pair> => ({
    conversation_id,
    pairing: await CONVERSATION.get(CONVERSATION.idFromName(conversation_id)).pairing(userId, otherId),
  });
  const first = await ask(await directConversationId(userId, otherId));
  return first.pairing.is === 'taken' ? ask(await spareDirectConversationId(userId, otherId)) : first;
}
