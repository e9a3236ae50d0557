import { beforeEach, describe, expect, test } from 'vitest';
import { workerMessageOf } from '../../../web/src/lib/worker-message.ts';
import type { ShowOptions } from '../../../web/src/service-worker/notification.ts';
import type { ShownNotification, WorkerEvents, WorkerScope } from '../../../web/src/service-worker/scope.ts';
import { startWorker } from '../../../web/src/service-worker/worker.ts';
import { ANN as FIRST, BOB as SECOND, row } from './builders.ts';

interface Shown extends ShownNotification {
  title: string;
  options: ShowOptions;
}

/** A browser with its notifications, windows and a server behind it. */
class Stage {
  shown: Shown[] = [];
  renotified: string[] = [];
  badges: number[] = [];
  windows: { focused: boolean; visibilityState: string; name: string }[] = [];
  happened: unknown[] = [];
  answers = new Map<string, unknown>();
  readonly #listeners = new Map<string, (event: never) => void>();

  constructor() {
    startWorker(this.#scope(), () => 1_000);
  }

  async fire<K extends keyof WorkerEvents>(type: K, event: Omit<WorkerEvents[K], 'waitUntil'>): Promise<void> {
    const work: Promise<unknown>[] = [];
    (this.#listeners.get(type) as (event: unknown) => void)({ ...event, waitUntil: (one: Promise<unknown>) => work.push(one) });
    await Promise.all(work);
  }
  push = (payload: unknown): Promise<void> =>
    this.fire('push', { data: { text: () => (typeof payload === 'string' ? payload : JSON.stringify(payload)) } });

  #scope(): WorkerScope {
    return {
      registration: {
        showNotification: async (title, options) => {
          this.shown = this.shown.filter(({ tag }) => tag !== options.tag);
          const notification: Shown = { title, options, tag: options.tag, data: options.data, close: () => this.#drop(notification) };
          this.shown.push(notification);
          if (options.renotify) this.renotified.push(options.tag);
        },
        getNotifications: async (filter) => this.shown.filter(({ tag }) => filter === undefined || tag === filter.tag),
        pushManager: {
          subscribe: async (options) => ({ toJSON: () => ({ endpoint: `https://push.example/${options.applicationServerKey}` }) }),
        },
      },
      clients: {
        matchAll: async () =>
          this.windows.map((window) => ({
            ...window,
            focus: async () => this.happened.push(`focus ${window.name}`),
            postMessage: (message) => this.happened.push([window.name, workerMessageOf(message)]),
          })),
        openWindow: async (url) => this.happened.push(`open ${url}`),
        claim: async () => undefined,
      },
      navigator: { setAppBadge: async (count) => void this.badges.push(count) },
      fetch: async (path, init) => {
        if (init) this.happened.push([init.method, path, JSON.parse(init.body)]);
        return { ok: this.answers.has(path), json: async () => this.answers.get(path) };
      },
      skipWaiting: async () => undefined,
      addEventListener: (type, listener) => void this.#listeners.set(type, listener),
    };
  }
  #drop(notification: Shown): void {
    this.shown = this.shown.filter((one) => one !== notification);
  }
}

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
const payload = (conversationId: string, messageId = 7) => ({
  conversation_id: conversationId,
  message_id: messageId,
  title: 'Ann Lee',
  body: 'You have a new message',
  badge: 3,
});

describe('a push', () => {
  test('[P6] is shown, one notification a conversation, with the number on the icon', async () => {
    await stage.push(payload(FIRST, 7));
    await stage.push(payload(SECOND, 2));
    await stage.push(payload(FIRST, 8));
    expect(stage.shown.map(({ title, tag, data }) => [title, tag, data])).toEqual([
      ['Ann Lee', SECOND, { conversation_id: SECOND, message_id: 2 }],
      ['Ann Lee', FIRST, { conversation_id: FIRST, message_id: 8 }],
    ]);
    expect([stage.renotified, stage.badges]).toEqual([
      [FIRST, SECOND, FIRST],
      [3, 3, 3],
    ]);
  });

  test('[P6] that comes twice rings once', async () => {
    await stage.push(payload(FIRST));
    await stage.push(payload(FIRST));
    expect([stage.shown.length, stage.renotified]).toEqual([1, [FIRST]]);
  });

  test.each([['no JSON'], ['null'], ['{"conversation_id":"/../x","title":5}'], ['']])('%s is shown all the same', async (text) => {
    await stage.push(text);
    expect(stage.shown.map(({ title, options }) => [title, options.body])).toEqual([['Natter', 'You have a new message']]);
    expect(stage.badges).toEqual([]);
  });

  test('takes away what has been read elsewhere, and leaves the rest, and what the server’s answer is too old for', async () => {
    await stage.push(payload(FIRST));
    stage.answers.set('/v1/inbox', { conversations: [row(FIRST, { last_message_id: 1_000 }), row(SECOND, { unread_count: 1 })] });
    await stage.push(payload(SECOND));
    expect(stage.shown.map(({ tag }) => tag)).toEqual([SECOND]);
    stage.answers.set('/v1/inbox', { conversations: [row(SECOND, { last_message_id: 0 })] });
    await stage.push(payload(FIRST));
    expect(stage.shown.map(({ tag }) => tag)).toEqual([SECOND, FIRST]);
  });

  test('stays when the server does not answer', async () => {
    await stage.push(payload(FIRST));
    await stage.push(payload(SECOND));
    expect(stage.shown.map(({ tag }) => tag)).toEqual([FIRST, SECOND]);
  });

  test('is told to the open app', async () => {
    stage.windows = [{ name: 'tab', focused: false, visibilityState: 'hidden' }];
    await stage.push(payload(FIRST));
    expect(stage.happened).toEqual([['tab', { type: 'pushed' }]]);
  });
});

describe('a notification that is chosen', () => {
  async function choose(): Promise<void> {
    await stage.push(payload(FIRST));
    stage.happened = [];
    await stage.fire('notificationclick', { notification: stage.shown[0]! });
    expect(stage.shown).toEqual([]);
  }

  test('opens its conversation in the tab that is there, the one in front first', async () => {
    stage.windows = [
      { name: 'behind', focused: false, visibilityState: 'hidden' },
      { name: 'beside', focused: false, visibilityState: 'visible' },
    ];
    await choose();
    expect(stage.happened).toEqual([['beside', { type: 'open', conversation_id: FIRST }], 'focus beside']);
  });

  test('opens a tab where there is none', async () => {
    await choose();
    expect(stage.happened).toEqual([`open /c/${FIRST}`]);
  });
});

describe('an address that the browser gave up', () => {
  const device = { device_id: SECOND, current: true, push: 'web' };

  test('is put again for this device', async () => {
    stage.answers.set('/v1/devices', { devices: [{ ...device, current: false, device_id: FIRST }, device] });
    stage.answers.set('/v1/push/vapid-public-key', { public_key: 'key' });
    await stage.fire('pushsubscriptionchange', {});
    expect(stage.happened).toEqual([
      ['PUT', `/v1/devices/${SECOND}/push`, { kind: 'web', subscription: { endpoint: 'https://push.example/key' } }],
    ]);
  });

  test('is not put for somebody who has turned notifications off, or signed out', async () => {
    await stage.fire('pushsubscriptionchange', {});
    stage.answers.set('/v1/devices', { devices: [{ ...device, push: null }] });
    await stage.fire('pushsubscriptionchange', {});
    expect(stage.happened).toEqual([]);
  });
});

test('the app ignores what it does not understand', () => {
  expect([null, 'open', { type: 'open', conversation_id: '../x' }, { type: 'other' }].map(workerMessageOf)).toEqual([
    null,
    null,
    null,
    null,
  ]);
});
