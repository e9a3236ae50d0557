/** The browser's small storage, which may be forbidden, full or full of nonsense. */
import { describe, expect, test } from 'vitest';
import { browserStorage, type SmallStorage } from '../../../web/src/session/browser-storage.ts';
import { createKnownProfile } from '../../../web/src/session/known-profile.ts';
import { smallStorage } from './builders.ts';

describe('[E10] a small storage that throws', () => {
  const forbidden = () => {
    throw new DOMException('The operation is insecure.', 'SecurityError');
  };
  const full: SmallStorage = { getItem: () => null, setItem: forbidden, removeItem: forbidden };
  const broken: SmallStorage = { getItem: forbidden, setItem: forbidden, removeItem: forbidden };

  test.each<[string, () => SmallStorage]>([
    ['the property itself', forbidden],
    ['it is not there', () => undefined as unknown as SmallStorage],
    ['reading and writing', () => broken],
    ['writing', () => full],
  ])('%s: what is kept is there for as long as the page', (_, get) => {
    const storage = browserStorage(get);
    expect(storage.getItem('a')).toBeNull();
    storage.setItem('a', '1');
    expect(storage.getItem('a')).toBe('1');
    storage.removeItem('a');
    expect(storage.getItem('a')).toBeNull();
  });

  test('one that works is the one that is used', () => {
    const real = smallStorage();
    const storage = browserStorage(() => real);
    storage.setItem('a', '1');
    expect([real.getItem('a'), browserStorage(() => real).getItem('a')]).toEqual(['1', '1']);
    storage.removeItem('a');
    expect(real.getItem('a')).toBeNull();
  });

  test.each(['{', 'null', '[]', '{"user_id":1}', '"text"'])('a profile that reads %s is none', (kept) => {
    const storage = smallStorage();
    storage.setItem('natter:me', kept);
    expect(createKnownProfile(storage).get()).toBeNull();
  });
});
