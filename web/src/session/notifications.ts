/**
 * Whether this device is notified, for this user. On means: allowed by the browser, subscribed, and the address is
 * with the server; at every start the three are compared and made one again. Knows the browser through `PushPlatform`.
 * A subscription that another user left in this browser is never taken over.
 */
import type { ApiClient, Observable } from '@natter/client';
import type { ConversationRow } from '../../../protocol/conversations.ts';
import type { Device } from '../../../protocol/devices.ts';
import type { PushMessage } from '../lib/push-message.ts';
import { asked } from './asked.ts';
import type { PushPlatform, Subscription } from './push-platform.ts';
import type { SmallStorage } from './browser-storage.ts';
import { createValue } from './value.ts';

export interface NotificationState {
  kind: 'unsupported' | 'denied' | 'off' | 'on';
  busy: boolean;
  failure: string | null;
}

export interface Notifications {
  state: Observable<NotificationState>;
  /** `device`: this one, as the server has it. */
  start(device: Device | undefined): Promise<void>;
  /** Only from a click. */
  turnOn(): Promise<void>;
  turnOff(): Promise<void>;
  /** Shows one, if they are on here, as soon as that is known; `at` in milliseconds since 1970. */
  tell(message: PushMessage, at: number): Promise<void>;
  /** Takes away what is shown of conversations that have been read, as far as these rows know: a push may come before the row does. */
  closeRead(rows: readonly ConversationRow[]): Promise<void>;
  /** Leaves nothing in this browser, for signing out; the server forgets the address by itself. */
  forget(): Promise<void>;
}

export interface NotificationsDeps {
  api: Pick<ApiClient, 'vapidPublicKey' | 'putPushAddress' | 'deletePushAddress'>;
  platform: PushPlatform;
  storage: SmallStorage;
  userId: string;
  deviceId(): Promise<string>;
}

/** Whose address is with the server, and which. */
const KEY = 'natter:push';

export function createNotifications({ api, platform, storage, userId, deviceId }: NotificationsDeps): Notifications {
  const state = createValue<NotificationState>({ kind: kindNow(platform, false), busy: false, failure: null });
  /** Whether they are on is known: what comes while the app starts waits for it. */
  const known = Promise.withResolvers<void>();

  function settle(isOn: boolean, failure: string | null = null): void {
    state.set({ kind: kindNow(platform, isOn), busy: false, failure });
    known.resolve();
  }

  async function put(subscription: Subscription): Promise<void> {
    await api.putPushAddress(await deviceId(), { kind: 'web', subscription: subscription.wire });
    storage.setItem(KEY, JSON.stringify([userId, subscription.wire.endpoint]));
  }

  async function subscribed(): Promise<Subscription> {
    const { public_key: key } = await api.vapidPublicKey();
    return platform.subscribe(key);
  }

  async function forget(): Promise<void> {
    storage.removeItem(KEY);
    if (!platform.isSupported()) return;
    for (const shown of await platform.shown()) shown.close();
    await platform.unsubscribe();
    settle(false);
  }

  async function begin(device: Device | undefined): Promise<void> {
    if (!platform.isSupported()) return settle(false);
    const [owner, endpoint] = remembered(storage.getItem(KEY));
    if (owner !== userId || platform.permission() !== 'granted') {
      if (owner !== userId && (await platform.subscription())) await platform.unsubscribe();
      return settle(false);
    }
    const failure = await failureOf(async () => {
      const subscription = await subscribed();
      if (device?.push !== 'web' || subscription.wire.endpoint !== endpoint) await put(subscription);
    });
    settle(true, failure);
  }

  return {
    state,
    forget,
    // However it ends, nothing waits for it any longer.
    start: (device) => begin(device).finally(known.resolve),
    async turnOn() {
      state.set({ ...state.get(), busy: true, failure: null });
      if ((await platform.askPermission()) !== 'granted') return settle(false);
      const failure = await failureOf(async () => put(await subscribed()));
      settle(failure === null, failure);
    },
    async turnOff() {
      state.set({ ...state.get(), busy: true, failure: null });
      const failure = await failureOf(async () => void (await api.deletePushAddress(await deviceId())));
      if (failure !== null) return settle(true, failure);
      await forget();
    },
    async tell(message, at) {
      await known.promise;
      if (state.get().kind === 'on') await platform.show(message, at);
    },
    async closeRead(rows) {
      if (state.get().kind !== 'on') return;
      const read = new Map(
        rows.filter((row) => row.unread_count === 0 && !row.marked_unread).map((row) => [row.conversation_id, row.last_message_id]),
      );
      for (const shown of await platform.shown()) if (shown.messageId <= (read.get(shown.conversationId) ?? -1)) shown.close();
    },
  };
}

function kindNow(platform: PushPlatform, isOn: boolean): NotificationState['kind'] {
  if (!platform.isSupported()) return 'unsupported';
  if (platform.permission() === 'denied') return 'denied';
  return isOn ? 'on' : 'off';
}

function remembered(kept: string | null): [owner: string, endpoint: string] | [] {
  try {
    const [owner, endpoint] = JSON.parse(kept ?? '[]') as unknown[];
    return typeof owner === 'string' && typeof endpoint === 'string' ? [owner, endpoint] : [];
  } catch {
    return [];
  }
}

/** Browsers refuse a subscription with an exception of their own: no network, a private window, no push service. */
async function failureOf(attempt: () => Promise<void>): Promise<string | null> {
  try {
    const outcome = await asked(attempt());
    return outcome.ok ? null : outcome.refusal.detail;
  } catch (error) {
    if (error instanceof DOMException) return `The browser could not subscribe: ${error.message}`;
    throw error;
  }
}
