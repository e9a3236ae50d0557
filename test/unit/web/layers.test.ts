import { beforeEach, describe, expect, test } from 'vitest';
import { createLayers, layersIn, type Layers } from '../../../web/src/lib/layers.ts';

/** A browser's history: entries, and where one is. */
class History {
  entries: unknown[] = [null];
  at = 0;
  get state(): unknown {
    return this.entries[this.at];
  }
  pushState(state: unknown): void {
    this.entries.splice(++this.at, Infinity, state);
  }
  replaceState(state: unknown): void {
    this.entries[this.at] = state;
  }
  go(delta: number): void {
    this.at += delta;
    layers.moved();
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
  for (const task of tasks.splice(0)) task();
};
const depth = () => [history.at, layersIn(history.state)];

describe('Back', () => {
  test('closes the uppermost window, then the one below, then leaves the page', () => {
    open('settings');
    turn();
    open('question');
    turn();
    expect(depth()).toEqual([2, 2]);
    history.go(-1);
    turn();
    expect([closed, depth()]).toEqual([['question'], [1, 1]]);
    history.go(-1);
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
