import type { ConnectionStatus, InboxHandle } from '@natter/client';
import { describe, expect, test } from 'vitest';
import { createTurn, type Locks, type Turn } from '../../../web/src/session/turn.ts';
import { createValue } from '../../../web/src/session/value.ts';

/** One name, held by one tab: the others stand in line, and one may push in front. */
class Line implements Locks {
  #holder: { lose: () => void } | undefined;
  readonly #waiting: (() => void)[] = [];

  request(_name: string, options: { steal: true } | { signal: AbortSignal }, held: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const hold = () => {
        const mine = { lose: () => reject(new Error('stolen')) };
        this.#holder = mine;
        void held().then(() => {
          resolve();
          if (this.#holder !== mine) return;
          this.#holder = undefined;
          this.#waiting.shift()?.();
        });
      };
      if ('steal' in options) {
        this.#holder?.lose();
        return hold();
      }
      if (this.#holder === undefined) return hold();
      this.#waiting.push(hold);
      options.signal.addEventListener('abort', () => {
        const index = this.#waiting.indexOf(hold);
        if (index >= 0) this.#waiting.splice(index, 1);
        reject(new Error('left'));
      });
    });
  }
}

/** Tabs of one device, and the server, which lets it have one socket. */
class Browser {
  readonly #line = new Line();
  #connected: Tab | undefined;

  tab(isInFront: boolean): Tab {
    const tab = new Tab(this.#line, (opened) => {
      if (this.#connected !== opened) this.#connected?.status.set({ state: 'ended', reason: 'replaced' });
      this.#connected = opened;
    });
    tab.turn.start();
    if (isInFront) tab.turn.take();
    return tab;
  }
}

class Tab {
  readonly status = createValue<ConnectionStatus>({ state: 'idle' });
  readonly turn: Turn;

  constructor(locks: Locks | undefined, onOpened: (tab: Tab) => void) {
    const inbox: Pick<InboxHandle, 'status' | 'open' | 'close'> = {
      status: this.status,
      open: () => {
        this.status.set({ state: 'online' });
        onOpened(this);
      },
      close: () => this.status.set({ state: 'idle' }),
    };
    this.turn = createTurn(inbox, 'inbox', locks);
  }
}

const turns = async (...tabs: Tab[]) => {
  // All that the locks have to say has been said.
  for (let round = 0; round < 10; round++) await Promise.resolve();
  return tabs.map(({ turn, status }) => [turn.state.get(), status.get().state]);
};
const OURS = ['ours', 'online'];
const ELSEWHERE = ['elsewhere', 'idle'];
const WAITING = ['waiting', 'idle'];

describe('the inbox', () => {
  test('is with the tab in front, and a tab that opens behind it waits', async () => {
    const browser = new Browser();
    const front = browser.tab(true);
    const behind = browser.tab(false);
    expect(await turns(front, behind)).toEqual([OURS, WAITING]);
  });

  test('goes to whichever tab is looked at, whoever else waits', async () => {
    const browser = new Browser();
    const [one, two, three] = [browser.tab(true), browser.tab(false), browser.tab(true)];
    expect(await turns(one, two, three)).toEqual([ELSEWHERE, WAITING, OURS]);
    one.turn.take();
    expect(await turns(one, two, three)).toEqual([OURS, WAITING, ELSEWHERE]);
  });

  test('goes to the next in line when its tab is closed', async () => {
    const browser = new Browser();
    const [one, two] = [browser.tab(true), browser.tab(true)];
    expect(await turns(one, two)).toEqual([ELSEWHERE, OURS]);
    two.turn.stop();
    expect(await turns(one)).toEqual([OURS]);
  });

  test('is with a tab that nobody has looked at where there is no other', async () => {
    expect(await turns(new Browser().tab(false))).toEqual([OURS]);
  });

  test('is not opened behind the back of the tab that has it', async () => {
    const browser = new Browser();
    const [one, two] = [browser.tab(true), browser.tab(true)];
    await turns(one, two);
    one.status.set({ state: 'connecting' });
    expect(await turns(one, two)).toEqual([ELSEWHERE, OURS]);
  });

  test('comes back at a touch where there are no locks', async () => {
    let connected: Tab | undefined;
    const make = () =>
      new Tab(undefined, (tab) => {
        if (connected !== tab) connected?.status.set({ state: 'ended', reason: 'replaced' });
        connected = tab;
      });
    const [one, two] = [make(), make()];
    for (const tab of [one, two]) {
      tab.turn.start();
      tab.turn.take();
    }
    expect(await turns(one, two)).toEqual([ELSEWHERE, OURS]);
    one.turn.take();
    expect(await turns(one, two)).toEqual([OURS, ELSEWHERE]);
  });
});
