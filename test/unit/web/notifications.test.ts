import { NatterError } from '@natter/client';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Device, PushAddress } from '../../../protocol/devices.ts';
import { deviceName } from '../../../web/src/lib/device-name.ts';
import { createNotifications, type Notifications } from '../../../web/src/session/notifications.ts';
import type { PushMessage } from '../../../web/src/lib/push-message.ts';
import type { PushPlatform, Shown, Subscription } from '../../../web/src/session/push-platform.ts';
import { thisDevice } from '../../../web/src/session/this-device.ts';
import { ANN, BOB, row } from './builders.ts';

const DEVICE = 'device-1';
const device = (push: Device['push'], name: string | null = 'Firefox'): Device => ({
  device_id: DEVICE,
  name,
  platform: 'web',
  created_at: 0,
  last_used_at: 0,
  current: true,
  push,
});

/** One browser, one server; several users may come and go. */
class World {
  permission: NotificationPermission = 'default';
  answersPermission: NotificationPermission = 'granted';
  supported = true;
  asked = 0;
  key = 'key-1';
  endpoint = 'https://push.example/1';
  subscription: Subscription | null = null;
  shown: Shown[] = [];
  readonly told: [PushMessage, at: number][] = [];
  refuses = false;
  /** The browser cannot install the service worker. */
  isBroken = false;
  readonly put: PushAddress[] = [];
  deleted = 0;
  readonly #kept = new Map<string, string>();

  start(userId = ANN): Notifications {
    return createNotifications({
      userId,
      deviceId: async () => DEVICE,
      platform: this.#platform(),
      storage: {
        getItem: (key) => this.#kept.get(key) ?? null,
        setItem: (key, value) => void this.#kept.set(key, value),
        removeItem: (key) => void this.#kept.delete(key),
      },
      api: {
        vapidPublicKey: async () => ({ public_key: this.key }),
        putPushAddress: async (_, address) => {
          if (this.refuses) throw new NatterError({ code: 'conflict', detail: 'not now' });
          this.put.push(address);
          return device('web');
        },
        deletePushAddress: async () => {
          this.deleted++;
          return device(null);
        },
      },
    });
  }

  #platform(): PushPlatform {
    return {
      isSupported: () => this.supported,
      permission: () => this.permission,
      askPermission: async () => {
        this.asked++;
        return (this.permission = this.answersPermission);
      },
      subscription: async () => this.subscription,
      subscribe: async (key) => {
        if (this.isBroken) throw new TypeError('Failed to register a ServiceWorker');
        const keys = { p256dh: 'p', auth: 'a' };
        return (this.subscription = { wire: { endpoint: this.endpoint, keys }, key });
      },
      unsubscribe: async () => void (this.subscription = null),
      show: async (message, at) => void this.told.push([message, at]),
      shown: async () => this.shown,
    };
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});
const kindOf = (notifications: Notifications) => notifications.state.get().kind;

describe('turning notifications on', () => {
  test('asks the browser once, subscribes, and tells the server', async () => {
    const notifications = world.start();
    await notifications.turnOn();
    expect([notifications.state.get(), world.asked, world.put.length]).toEqual([{ kind: 'on', busy: false, failure: null }, 1, 1]);
  });
  test.each([
    ['denied', 'denied'],
    ['default', 'off'],
  ] as const)('%s leaves them %s', async (answer, kind) => {
    world.answersPermission = answer;
    const notifications = world.start();
    await notifications.turnOn();
    expect([kindOf(notifications), world.put.length]).toEqual([kind, 0]);
  });
  test('that the server does not take says why, and is not on', async () => {
    world.refuses = true;
    const notifications = world.start();
    await notifications.turnOn();
    expect(notifications.state.get()).toEqual({ kind: 'off', busy: false, failure: 'not now' });
  });
  test('and off again leaves nothing with the server or the browser', async () => {
    const notifications = world.start();
    await notifications.turnOn();
    await notifications.turnOff();
    expect([kindOf(notifications), world.deleted, world.subscription]).toEqual(['off', 1, null]);
  });
});

describe('a start of the app', () => {
  async function restarted(before: Device | undefined, userId = ANN): Promise<Notifications> {
    await world.start().turnOn();
    world.put.length = 0;
    const notifications = world.start(userId);
    await notifications.start(before);
    return notifications;
  }

  test('never asks for permission, and is off until somebody turns it on', async () => {
    world.permission = 'granted';
    const notifications = world.start();
    await notifications.start(device(null));
    expect([kindOf(notifications), world.asked, world.subscription]).toEqual(['off', 0, null]);
  });
  test('puts nothing when the server has the address', async () => {
    expect([kindOf(await restarted(device('web'))), world.put]).toEqual(['on', []]);
  });
  test('[P6] puts the address again when the server has lost it', async () => {
    expect([kindOf(await restarted(device(null))), world.put.length]).toEqual(['on', 1]);
  });
  test('[P6] puts the address again when the browser has another one', async () => {
    await world.start().turnOn();
    world.endpoint = 'https://push.example/2';
    await world.start().start(device('web'));
    expect(world.put.map((address) => address.kind === 'web' && address.subscription.endpoint)).toEqual([
      'https://push.example/1',
      'https://push.example/2',
    ]);
  });
  test('takes nothing over that somebody else left in this browser', async () => {
    const notifications = await restarted(undefined, BOB);
    expect([kindOf(notifications), world.put, world.subscription]).toEqual(['off', [], null]);
  });
  test('says so when the browser has been told to refuse', async () => {
    await world.start().turnOn();
    world.permission = 'denied';
    const notifications = world.start();
    await notifications.start(device('web'));
    expect(kindOf(notifications)).toBe('denied');
  });
  test('says so where there are none', async () => {
    world.supported = false;
    const notifications = world.start();
    await notifications.start(undefined);
    await notifications.forget();
    expect(kindOf(notifications)).toBe('unsupported');
  });
});

describe('in the background', () => {
  const message: PushMessage = { conversation_id: BOB, message_id: 3, title: 'Bob', body: 'You have a new message', badge: null };

  test('they are shown only where they are on', async () => {
    const notifications = world.start();
    await notifications.start(device(null));
    await notifications.tell(message, 1);
    await notifications.turnOn();
    await notifications.tell(message, 2);
    expect(world.told).toEqual([[message, 2]]);
  });
  test('[P6] what comes before it is known whether they are on is shown once they are', async () => {
    await world.start().turnOn();
    const notifications = world.start();
    const told = notifications.tell(message, 1);
    await notifications.start(device('web'));
    await told;
    expect(world.told).toEqual([[message, 1]]);
  });
  test('what comes before a start that fails is not shown later', async () => {
    await world.start().turnOn();
    const notifications = world.start();
    const telling = notifications.tell(message, 1);
    world.isBroken = true;
    await expect(notifications.start(device('web'))).rejects.toThrow(TypeError);
    await telling;
    world.isBroken = false;
    await notifications.turnOn();
    expect(world.told).toEqual([]);
  });

  test('where there are none, nothing waits for them', async () => {
    world.supported = false;
    const notifications = world.start();
    await notifications.start(undefined);
    await notifications.tell(message, 1);
    expect(world.told).toEqual([]);
  });
});

test('what has been read is taken away, what has not stays', async () => {
  const notifications = world.start();
  await notifications.turnOn();
  const closed: string[] = [];
  const shown = (conversationId: string, messageId: number) => ({
    conversationId,
    messageId,
    close: () => void closed.push(conversationId),
  });
  world.shown = ['a', 'b', 'c', 'd'].map((conversationId) => shown(conversationId, 1));
  const rows = ['a', 'b', 'c'].map((id) => row(id, { last_message_id: 1, unread_count: id === 'b' ? 1 : 0, marked_unread: id === 'c' }));
  await notifications.closeRead(rows);
  expect(closed).toEqual(['a']);
  // The push was faster than the row.
  world.shown = [shown('a', 2)];
  await notifications.closeRead(rows);
  expect(closed).toEqual(['a']);
});

describe('this device', () => {
  const AGENT = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
  async function named(devices: Device[]): Promise<unknown[]> {
    const put: unknown[] = [];
    const api = {
      devices: async () => ({ devices }),
      putDevice: async (id: string, body: { name: string }) => {
        put.push([id, body]);
        return device(null, body.name);
      },
    };
    await thisDevice({ api: api as never, deviceId: async () => DEVICE }, AGENT);
    return put;
  }
  test('gets a name when it has none, and keeps the one it has', async () => {
    const body = { name: 'Chrome on Windows', platform: 'web' };
    expect([await named([]), await named([device(null, null)]), await named([device(null)])]).toEqual([
      [[DEVICE, body]],
      [[DEVICE, body]],
      [],
    ]);
  });
  test.each([
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    ['Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36 EdgA/140.0', 'Edge on Android'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Mac'],
    ['curl/8', 'Browser'],
  ])('%s is %s', (agent, name) => {
    expect(deviceName(agent)).toBe(name);
  });
});
