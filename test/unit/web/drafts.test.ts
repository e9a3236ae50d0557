import { describe, expect, test } from 'vitest';
import { createDrafts, type DraftStorage } from '../../../web/src/lib/drafts.ts';

function memory(): DraftStorage & { size: () => number } {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    size: () => items.size,
  };
}
const refusing: DraftStorage = {
  getItem: () => {
    throw new Error('forbidden');
  },
  setItem: () => {
    throw new Error('full');
  },
  removeItem: () => {
    throw new Error('forbidden');
  },
};

describe('drafts', () => {
  test('[P9] what was typed survives a reload, apart for each conversation and user', () => {
    const storage = memory();
    createDrafts(storage, 'ann').set('one', 'half a thought');
    const reloaded = createDrafts(storage, 'ann');
    expect([reloaded.get('one'), reloaded.get('two'), createDrafts(storage, 'bob').get('one')]).toEqual(['half a thought', '', '']);
  });

  test('a sent one leaves nothing behind', () => {
    const storage = memory();
    const drafts = createDrafts(storage, 'ann');
    drafts.set('one', 'text');
    drafts.set('one', '');
    expect([drafts.get('one'), storage.size()]).toEqual(['', 0]);
  });

  test.each([
    ['refuses', refusing],
    ['is missing', null],
  ])('a storage that %s only forgets at a reload', (_, storage) => {
    const drafts = createDrafts(storage, 'ann');
    drafts.set('one', 'text');
    expect([drafts.get('one'), createDrafts(storage, 'ann').get('one')]).toEqual(['text', '']);
  });
});
