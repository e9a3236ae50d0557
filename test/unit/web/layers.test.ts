import { beforeEach, describe, expect, test } from 'vitest';
import { createLayers, layersIn, type Layers } from '../../../web/src/lib/layers.ts';

/** A browser's history: entries, and where one is. */
class History {
  entries: unknown[] = [null];
  at = 0;
  steps: number[] = [];
  get state(): unknown {
    return this.entries[this.at];
  }
  pushState(state: unknown): void {
    this.entries.splice(++this.at, Infinity, state);
  }
  replaceState(state: unknown): void {
    this.entries[this.at] = state;
  }
  /** As in a browser, one arrives later. */
  go(delta: number): void {
    this.steps.push(delta);
  }
  arrive(): void {
    for (const delta of this.steps.splice(0)) {
      this.at += delta;
      layers.moved();
    }
  }
  /** A press of the button. */
  back(): void {
    this.go(-1);
    this.arrive();
  }
}

let history: History;
let layers: Layers;
let closed: string[];
let tasks: (() => void)[];
beforeEach(() => {
  history = new History();
  tasks = [];
  closed = [];
  layers = createLayers(history, (task) => tasks.push(task));
});
const open = (name: string) => {
  const done = layers.opened(() => {
    closed.push(name);
    done();
  });
  return done;
};
const turn = () => {
  while (tasks.length + history.steps.length > 0) {
    for (const task of tasks.splice(0)) task();
    history.arrive();
  }
};
const depth = () => [history.at, layersIn(history.state)];

describe('Back', () => {
  test('closes the uppermost window, then the one below, then leaves the page', () => {
    open('settings');
    turn();
    open('question');
    turn();
    expect(depth()).toEqual([2, 2]);
    history.back();
    turn();
    expect([closed, depth()]).toEqual([['question'], [1, 1]]);
    history.back();
    turn();
    expect([closed, depth()]).toEqual([
      ['question', 'settings'],
      [0, 0],
    ]);
  });

  test('has nothing left to close when a window was closed in another way', () => {
    const done = open('settings');
    turn();
    done();
    turn();
    expect([closed, depth()]).toEqual([[], [0, 0]]);
  });

  test('is one step for windows that close together', () => {
    const both = [open('settings'), open('question')];
    turn();
    for (const done of both) done();
    turn();
    expect([closed, depth()]).toEqual([[], [0, 0]]);
  });

  test('does not lead back to a window that gave way to a page', () => {
    const done = open('new conversation');
    turn();
    history.replaceState(null);
    done();
    turn();
    expect([history.entries.length, depth()]).toEqual([2, [1, 0]]);
  });

  test('knows nothing of a window that opened and closed in one turn', () => {
    open('settings')();
    turn();
    expect(history.entries.length).toBe(1);
  });
});

test('leaving the page while a window is being closed goes no step too far', () => {
  history.pushState(null);
  const closeList = open('members');
  turn();
  const closeQuestion = open('question');
  turn();
  expect(depth()).toEqual([3, 2]);
  closeQuestion();
  for (const task of tasks.splice(0)) task();
  // The step back is on its way.
  layers.leave(() => closed.push('left'));
  closeList();
  turn();
  expect([closed, depth()]).toEqual([
    ['members', 'left'],
    [1, 0],
  ]);
});

test('going elsewhere waits for a step back that is on its way', () => {
  const closeWindow = open('settings');
  turn();
  closeWindow();
  for (const task of tasks.splice(0)) task();
  layers.whenStill(() => history.pushState('elsewhere'));
  expect(history.at).toBe(1);
  turn();
  expect([history.at, history.state]).toEqual([1, 'elsewhere']);
});
