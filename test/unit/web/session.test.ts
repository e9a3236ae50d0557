/** Who is signed in, in each tab of one browser: what an answer means, and what the tabs tell each other. */
import { describe, expect, test } from 'vitest';
import type { OwnProfile } from '../../../protocol/accounts.ts';
import { ownProfile, type Answer } from '../../../web/src/session/accounts.ts';
import { createKnownProfile } from '../../../web/src/session/known-profile.ts';
import { createSession, type Opening, type Session } from '../../../web/src/session/session.ts';
import { createTabs, type Channel } from '../../../web/src/session/tabs.ts';
import { smallStorage } from './builders.ts';

const profile = (user_id: string, name: string): OwnProfile => ({
  user_id,
  username: null,
  name,
  avatar_url: null,
  email: null,
  privacy: { read_receipts: true, last_seen: 'everyone', messages: 'everyone', groups: 'everyone', search: 'everyone' },
  created_at: 1,
});
const ANN = profile('user-ann', 'Ann');
const BEN = profile('user-ben', 'Ben');
const NO_ANSWER: Answer<null> = { ok: false, refused: { status: 0 } };

interface Tab {
  session: Session<Opening>;
  kind(): unknown;
  /** What became of what was opened. */
  done: string[];
  /** Waits that were asked for, and what follows them. */
  waits: { delayMs: number; run: () => void }[];
}

/** One browser: the cookie, the small storage and the channel are every tab's. */
class BrowserOf {
  me: OwnProfile | null;
  /** In place of an answer. */
  broken: Answer<OwnProfile | null> | null = null;
  /** Answers are on their way for so long. */
  hold: Promise<void> | undefined;
  readonly storage = smallStorage();
  readonly dropped: string[] = [];
  readonly forgotten: string[] = [];
  readonly #channels = new Set<(event: { data: unknown }) => void>();

  constructor(me: OwnProfile | null) {
    this.me = me;
  }

  open(): Tab {
    const done: string[] = [];
    const waits: Tab['waits'] = [];
    const session = createSession<Opening>({
      ask: async () => {
        const answer = this.broken ?? { ok: true as const, value: this.me };
        await this.hold;
        return answer;
      },
      signOut: async (userId) => {
        if (this.broken) return NO_ANSWER;
        if (this.me !== null && userId !== this.me.user_id) return { ok: false, refused: { status: 409, code: 'conflict' } };
        this.me = null;
        return { ok: true, value: null };
      },
      open: (me) => {
        done.push(`opens as ${me.name}`);
        return {
          me,
          client: {
            close: async () => void done.push(`closes ${me.name}`),
            forget: async () => void done.push(`forgets ${me.name}`),
          },
          notifications: { forget: async () => {} },
        };
      },
      known: createKnownProfile(this.storage),
      tabs: createTabs(this.#channel()),
      dropCopies: async (userId) => void this.dropped.push(userId),
      forgetUser: async (userId) => void this.forgotten.push(userId),
      setTimer(run, delayMs) {
        const wait = { run, delayMs };
        waits.push(wait);
        return () => void waits.splice(waits.indexOf(wait), 1);
      },
      random: () => 1,
    });
    const kind = () => {
      const state = session.state.get();
      return 'me' in state ? [state.kind, state.me.name] : state.kind;
    };
    return { session, kind, done, waits };
  }

  #channel(): Channel {
    const mine = new Set<(event: { data: unknown }) => void>();
    return {
      postMessage: (data) => {
        for (const listener of this.#channels) if (!mine.has(listener)) listener({ data: structuredClone(data) });
      },
      addEventListener: (_, listener) => {
        mine.add(listener);
        this.#channels.add(listener);
      },
    };
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function annIn(browser: BrowserOf): Promise<Tab> {
  const tab = browser.open();
  await tab.session.refresh();
  return tab;
}

describe('[E1] two tabs, one cookie', () => {
  test('Ann signs out and Ben signs in: her other tab hears both at once, without asking anybody', async () => {
    const browser = new BrowserOf(ANN);
    const [first, second] = [await annIn(browser), await annIn(browser)];
    expect(await second.session.signOut()).toBe(true);
    await settled();
    expect([first.kind(), first.done]).toEqual(['signed_out', ['opens as Ann', 'forgets Ann']]);
    browser.me = BEN;
    await second.session.signedIn();
    await settled();
    expect([first.kind(), second.kind()]).toEqual([
      ['signed_in', 'Ben'],
      ['signed_in', 'Ben'],
    ]);
  });

  test('Ben signs in while Ann’s tab is open: it closes and says so, and opens nothing', async () => {
    const browser = new BrowserOf(ANN);
    const first = await annIn(browser);
    browser.me = null;
    const second = browser.open();
    await second.session.refresh();
    browser.me = BEN;
    await second.session.signedIn();
    await settled();
    expect([first.kind(), first.done]).toEqual([
      ['other_user', 'Ben'],
      ['opens as Ann', 'closes Ann'],
    ]);
    expect([browser.dropped, browser.forgotten]).toEqual([['user-ann'], []]);
  });

  test('a tab that was frozen finds it out from the answer', async () => {
    const browser = new BrowserOf(ANN);
    const first = await annIn(browser);
    browser.me = BEN;
    await first.session.refresh();
    expect([first.kind(), first.done]).toEqual([
      ['other_user', 'Ben'],
      ['opens as Ann', 'closes Ann'],
    ]);
    await first.session.refresh();
    expect(first.kind()).toEqual(['other_user', 'Ben']);
  });

  test('Ann comes back: her tab goes on as hers', async () => {
    const browser = new BrowserOf(ANN);
    const first = await annIn(browser);
    browser.me = BEN;
    await first.session.refresh();
    browser.me = ANN;
    await first.session.refresh();
    expect([first.kind(), first.done.at(-1)]).toEqual([['signed_in', 'Ann'], 'opens as Ann']);
  });

  test('an answer that was asked for before the news says nothing', async () => {
    const browser = new BrowserOf(ANN);
    const first = await annIn(browser);
    const late = Promise.withResolvers<void>();
    browser.hold = late.promise;
    const asked = first.session.refresh();
    await settled();
    browser.hold = undefined;
    browser.me = BEN;
    const second = browser.open();
    await second.session.signedIn();
    late.resolve();
    await asked;
    expect(first.kind()).toEqual(['other_user', 'Ben']);
  });

  test('signing out in a tab of Ann’s leaves Ben’s session alone', async () => {
    const browser = new BrowserOf(ANN);
    const first = await annIn(browser);
    browser.me = BEN;
    expect(await first.session.signOut()).toBe(false);
    expect([browser.me, first.kind(), first.done.at(-1)]).toEqual([BEN, ['other_user', 'Ben'], 'closes Ann']);
    expect(createKnownProfile(browser.storage).get()).toEqual(BEN);
  });

  test('news in words of another version are not heard', async () => {
    const browser = new BrowserOf(ANN);
    const first = await annIn(browser);
    const heard: ((event: { data: unknown }) => void)[] = [];
    const tabs = createTabs({ postMessage: () => {}, addEventListener: (_, listener) => void heard.push(listener) });
    const news: unknown[] = [];
    tabs.onNews((one) => news.push(one));
    for (const data of [null, 'x', {}, { type: 'signed_in' }, { type: 'signed_in', me: { user_id: 1 } }, { type: 'signed_out' }])
      heard[0]!({ data });
    expect([news, first.kind()]).toEqual([[], ['signed_in', 'Ann']]);
  });
});

describe('[E6] only a 401 means signed out', () => {
  const HTML = '<!doctype html><title>Hotel Wi-Fi</title>';
  const json = { headers: { 'content-type': 'application/json' } };
  const ANSWERS: [string, () => Promise<Response>, 'known' | 'nobody' | 'no answer'][] = [
    ['the profile', async () => Response.json(ANN), 'known'],
    ['401', async () => Response.json({ code: 'unauthenticated' }, { status: 401 }), 'nobody'],
    ['401 without a body', async () => new Response(null, { status: 401 }), 'nobody'],
    ['no network', async () => Promise.reject(new TypeError('Failed to fetch')), 'no answer'],
    ['a portal’s page with 200', async () => new Response(HTML, { headers: { 'content-type': 'text/html' } }), 'no answer'],
    ['a page that calls itself JSON', async () => new Response(HTML, json), 'no answer'],
    ['an empty 200', async () => new Response('', json), 'no answer'],
    ['204', async () => new Response(null, { status: 204 }), 'no answer'],
    ['half a profile', async () => new Response(JSON.stringify(ANN).slice(0, 40), json), 'no answer'],
    ['a body that is cut', async () => new Response(cut(), json), 'no answer'],
    ['null', async () => Response.json(null), 'no answer'],
    ['a list', async () => Response.json([ANN]), 'no answer'],
    ['another shape', async () => Response.json({ ok: true }), 'no answer'],
    ['a profile without privacy', async () => Response.json({ ...ANN, privacy: null }), 'no answer'],
    ['an empty id', async () => Response.json({ ...ANN, user_id: '' }), 'no answer'],
    ...[400, 403, 404, 407, 409, 410, 418, 429, 500, 502, 503, 504, 511].map((status): (typeof ANSWERS)[number] => [
      `a proxy’s ${status}`,
      async () => new Response(HTML, { status }),
      'no answer',
    ]),
    ['404 that calls itself unauthenticated', async () => Response.json({ code: 'unauthenticated' }, { status: 404 }), 'no answer'],
  ];

  test.each(ANSWERS)('%s', async (_, answer, means) => {
    const browser = new BrowserOf(ANN);
    const tab = await annIn(browser);
    browser.broken = await ownProfile(answer);
    await tab.session.refresh();
    expect(tab.kind()).toEqual(means === 'nobody' ? 'signed_out' : ['signed_in', 'Ann']);
    expect(tab.done).toEqual(means === 'nobody' ? ['opens as Ann', 'closes Ann'] : ['opens as Ann']);
    expect(browser.dropped).toEqual(means === 'nobody' ? ['user-ann'] : []);
    expect(createKnownProfile(browser.storage).get()).toEqual(means === 'nobody' ? null : ANN);
    expect(tab.waits.length).toBe(means === 'no answer' ? 1 : 0);

    // At a start the same: what is on the disk is shown.
    const next = browser.open();
    await next.session.refresh();
    expect(next.kind()).toEqual(means === 'nobody' ? 'signed_out' : ['signed_in', 'Ann']);
  });

  test('it is asked again with growing waits, and when it is known nobody waits any more', async () => {
    const browser = new BrowserOf(ANN);
    browser.broken = NO_ANSWER;
    const tab = browser.open();
    await tab.session.refresh();
    expect(tab.kind()).toBe('unreachable');
    const delays: number[] = [];
    for (let time = 0; time < 8; time++) {
      delays.push(tab.waits[0]!.delayMs);
      tab.waits[0]!.run();
      await settled();
    }
    expect([delays, tab.waits.length]).toEqual([[1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000], 1]);
    browser.broken = null;
    tab.waits[0]!.run();
    await settled();
    expect([tab.kind(), tab.waits.length]).toEqual([['signed_in', 'Ann'], 0]);
  });
});

function cut(): ReadableStream<Uint8Array> {
  let isFirst = true;
  return new ReadableStream({
    pull(controller) {
      if (isFirst) controller.enqueue(new TextEncoder().encode('{"user_id":'));
      else controller.error(new TypeError('network error'));
      isFirst = false;
    },
  });
}
