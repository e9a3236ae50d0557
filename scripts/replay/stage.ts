/**
 * The members of one group, each with a client, a device and a socket of its own, all in this process.
 * Invariant: what a member's client has stored on its (remembered) device is told once, as delivered.
 */
import { createClient, memoryStorage, type Client, type ClientStorage, type ConversationHandle } from '@natter/client';
import type { Message } from '../../protocol/message.ts';
import { eachOf, pause } from './patience.ts';

const OPENING_AT_ONCE = 8;
const LOOK_MS = 50;

export interface Seat {
  name: string;
  userId: string;
  client: Client;
  handle: ConversationHandle;
}

export interface Stage {
  seats: Seat[];
  online(): number;
  /** Connections that were up and ended by themselves. */
  losses(): number;
  /** Why a member will not come back; null: all may. */
  failure(): string | null;
  close(): Promise<void>;
}

export interface Casting {
  name: string;
  user_id: string;
  token: string;
}

export function createStage(
  url: string,
  conversationId: string,
  castings: readonly Casting[],
  onDelivered: (message: Message) => void,
): Stage {
  let losses = 0;
  let failure: string | null = null;
  const seats = castings.map(({ name, user_id: userId, token }): Seat => {
    const storage = telling(memoryStorage(), (message) => {
      if (message.sender_id !== userId) onDelivered(message);
    });
    const client = createClient({ url, auth: { kind: 'token', token }, storage });
    const handle = client.conversation(conversationId);
    let before = handle.status.get().state;
    handle.status.subscribe(() => {
      const { state, reason } = handle.status.get();
      if (before === 'online' && state !== 'online' && state !== 'idle') losses++;
      if (state === 'ended') failure ??= `${name} lost the connection for good: ${reason}`;
      before = state;
    });
    return { name, userId, client, handle };
  });
  const isOnline = ({ handle }: Seat): boolean => handle.status.get().state === 'online';
  return {
    seats,
    online: () => seats.filter(isOnline).length,
    losses: () => losses,
    failure: () => failure,
    close: async () => void (await Promise.all(seats.map(({ client }) => client.close()))),
  };
}

/** Connects everybody, a few at a time. */
export async function openStage({ seats, failure }: Stage, onProgress: (online: number) => void): Promise<void> {
  let online = 0;
  await eachOf(seats, OPENING_AT_ONCE, async ({ handle }) => {
    handle.open();
    while (handle.status.get().state !== 'online') {
      const reason = failure();
      if (reason !== null) throw new Error(reason);
      await pause(LOOK_MS);
    }
    onProgress(++online);
  });
}

/** A storage that tells of each message when it is stored for the first time. */
function telling(storage: ClientStorage, onStored: (message: Message) => void): ClientStorage {
  let last = 0;
  return {
    ...storage,
    async saveTimeline(owner, id, save) {
      await storage.saveTimeline(owner, id, save);
      for (const message of save.put) if (message.message_id > last) onStored(message);
      last = Math.max(last, save.cursor.last);
    },
  };
}
