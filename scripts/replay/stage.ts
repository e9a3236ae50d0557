/**
 * The members of one group, each with a client, a device and sockets of its own, all in this process.
 * Who does not have the conversation open sends by HTTP. Invariant: what a member's client has stored
 * on its (remembered) device is told once, as delivered.
 */
import { createClient, memoryStorage, type Client, type ClientStorage, type ConversationHandle } from '@natter/client';
import type { ConversationRow } from '../../protocol/conversations.ts';
import { uuidv7 } from '../../protocol/ids.ts';
import type { Message } from '../../protocol/message.ts';
import { eachOf, patiently, pause, type OnWait } from './patience.ts';
import type { Role } from './roles.ts';

const OPENING_AT_ONCE = 8;
const LOOK_MS = 50;

export interface Seat extends Casting {
  client: Client;
  /** Asking for it is coming in. */
  handle(): ConversationHandle;
  send(said: Words): { globalId: string; stored: Promise<{ message_id: number }>; discard(): Promise<void> };
  isOnline(): boolean;
  /** Its inbox has the conversation. */
  row(): ConversationRow | undefined;
}

export interface Words {
  content: string;
  reply_to?: number;
  mentions?: string[];
}

export interface Stage {
  conversationId: string;
  seats: Seat[];
  /** Those who are not away. */
  present: Seat[];
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
  role: Role;
  /** Made for the occasion when left out. */
  deviceId?: string;
}

export interface StageHooks {
  onDelivered(message: Message): void;
  onWait: OnWait;
}

/** Its inbox shows the conversation up to there. */
export type OnShown = (seat: Seat, messageId: number) => void;

export function createStage(url: string, conversationId: string, castings: readonly Casting[], hooks: StageHooks): Stage {
  let losses = 0;
  let failure: string | null = null;
  const watch = ({ status }: Pick<ConversationHandle, 'status'>, name: string): void => {
    let before = status.get().state;
    status.subscribe(() => {
      const { state, reason } = status.get();
      if (before === 'online' && state !== 'online' && state !== 'idle') losses++;
      if (state === 'ended') failure ??= `${name} lost the connection for good: ${reason}`;
      before = state;
    });
  };
  const seats = castings.map((casting): Seat => {
    const { name, user_id, token, role, deviceId } = casting;
    const storage = telling(memoryStorage(), (message) => {
      // Who comes in later was not delivered to: they fetched.
      if (message.sender_id !== user_id && role === 'open') hooks.onDelivered(message);
    });
    const client = createClient({ url, auth: { kind: 'token', token }, storage, ...(deviceId !== undefined && { deviceId }) });
    let opened: ConversationHandle | undefined;
    const handle = (): ConversationHandle => {
      if (opened === undefined) watch((opened = client.conversation(conversationId)), name);
      return opened!;
    };
    watch(client.inbox, name);
    return {
      ...casting,
      client,
      handle,
      isOnline: () => (role === 'open' ? handle() : client.inbox).status.get().state === 'online',
      row: () => client.inbox.view.get().conversations.find(({ conversation_id }) => conversation_id === conversationId),
      send(words) {
        if (role === 'open') {
          const { entry, stored } = handle().send(words);
          return { globalId: entry.global_id, stored, discard: () => handle().discard(entry.global_id) };
        }
        const body = { global_id: uuidv7(Date.now()), type: 'text' as const, ...words };
        const stored = patiently(() => client.api.send(conversationId, body), hooks.onWait);
        return { globalId: body.global_id, stored, discard: () => Promise.resolve() };
      },
    };
  });
  const present = seats.filter(({ role }) => role !== 'away');
  return {
    conversationId,
    seats,
    present,
    online: () => present.filter((seat) => seat.isOnline()).length,
    losses: () => losses,
    failure: () => failure,
    close: async () => void (await Promise.all(seats.map(({ client }) => client.close()))),
  };
}

/** Connects those, a few at a time, as their roles say. Without `onShown` nobody has an inbox. */
export async function openSeats(
  { failure }: Pick<Stage, 'failure'>,
  seats: readonly Seat[],
  onShown: OnShown | null,
  onProgress: (online: number) => void,
): Promise<void> {
  let online = 0;
  await eachOf(seats, OPENING_AT_ONCE, async (seat) => {
    if (onShown !== null) openInbox(seat, onShown);
    if (seat.role === 'open') seat.handle().open();
    while (!seat.isOnline()) {
      const reason = failure();
      if (reason !== null) throw new Error(reason);
      await pause(LOOK_MS);
    }
    onProgress(++online);
  });
}

function openInbox(seat: Seat, onShown: OnShown): void {
  seat.client.inbox.view.subscribe(() => {
    const row = seat.row();
    if (row !== undefined) onShown(seat, row.last_message_id);
  });
  seat.client.inbox.open();
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
