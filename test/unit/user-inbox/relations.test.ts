/** Contacts and blocks, whose truth is the user's own object: taken over once, told to all, in the order in which they came. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BLOCKS_MAX, CONTACTS_MAX } from '../../../protocol/limits.ts';
import { ring } from '../../../durable/user-inbox/assembly.ts';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => (stage = new Stage()));
const callsTo = (what: string): string[] => stage.calls.filter((call) => call.startsWith(what));
const reach = () => stage.open.reach;
const asking = (by: string) => reach().mayBeAdded({ by, conversation_id: 'c', kind: 'group', limited: false, without_lists: false });
const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index).padStart(6, '0'));

describe('[A12] what D1 has from before', () => {
  it('is taken over before the first decision, once, through any restart', async () => {
    stage.mirrored = { contact: ['a', 'both'], blocked: ['both', 'z'] };
    expect((await asking('z')).answer).toBe('refused');
    stage.mirrored = { contact: [], blocked: [] };
    stage.wake();
    expect([(await asking('z')).answer, (await asking('both')).answer, (await asking('a')).answer]).toEqual([
      'refused',
      'refused',
      'member',
    ]);
    expect(callsTo('readMirror')).toHaveLength(2);
  });

  it('whole, in pages; two who ask at once read it once', async () => {
    stage.mirrored = { contact: ids(2_500), blocked: ids(1_000) };
    await Promise.all([asking('000999'), asking('x')]);
    expect(callsTo('readMirror')).toHaveLength(3 + 2);
    expect((await asking('000999')).answer).toBe('refused');
    expect(stage.open.platform.reachStore.of('002499')).toEqual({ contact: true, blocked: false });
  });

  it('while D1 is down nobody is judged and nothing is kept; dying in the middle, it begins anew', async () => {
    stage.mirrored = { contact: ['a'], blocked: ['z'] };
    stage.mirrorFails = true;
    await expect(asking('z')).rejects.toThrow('D1 is down');
    expect(await reach().setBlocked('y', true)).toMatchObject({ ok: false, refusal: { code: 'unavailable' } });
    expect(stage.open.platform.reachStore.version()).toBe(0);
    stage.mirrorFails = false;
    // The object dies when it has kept a part of it.
    stage.storage.fault = (query) => {
      if (query.includes('INTO reach ')) throw new Error('died');
    };
    await expect(asking('z')).rejects.toThrow('died');
    stage.storage.fault = undefined;
    stage.wake();
    expect(stage.open.platform.reachStore.version()).toBe(0);
    expect([(await asking('z')).answer, stage.open.platform.reachStore.of('a').contact]).toEqual(['refused', true]);
  });

  it('has nothing, as the Worker has seen: it is not read at all', async () => {
    await reach().mayBeAdded({ by: 'a', conversation_id: 'c', kind: 'group', limited: false, without_lists: true });
    await asking('b');
    expect(callsTo('readMirror')).toEqual([]);
  });
});

describe('[A12] a change', () => {
  it('of which somebody could not be told is 503, holds at once, goes on by alarm, and is harmless when repeated', async () => {
    stage.pairFails = true;
    expect(await reach().setBlocked('z', true)).toMatchObject({ ok: false, refusal: { code: 'unavailable' } });
    expect((await asking('z')).answer).toBe('refused');
    expect(await reach().setBlocked('z', true)).toMatchObject({ ok: false, refusal: { code: 'unavailable' } });
    stage.wake();
    stage.pairFails = false;
    stage.now = reach().nextAt()!;
    await ring(stage.open);
    await expect.poll(() => reach().nextAt()).toBeNull();
    expect(await reach().setBlocked('z', true)).toEqual({ ok: true, value: null });
    const versions = callsTo('tellPair').map((call) => Number(call.split(' ')[3]));
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    expect(reach().nextAt()).toBeNull();
  });

  it('that D1 did not take is told to it later, by alarm', async () => {
    await reach().setContact('a', true);
    stage.mirrorFails = true;
    expect(await reach().setContact('b', true)).toEqual({ ok: true, value: null });
    expect(reach().nextAt()).not.toBeNull();
    stage.mirrorFails = false;
    stage.now = reach().nextAt()!;
    await ring(stage.open);
    await expect.poll(() => reach().nextAt()).toBeNull();
    expect(callsTo('writeMirror')).toEqual(['writeMirror a true false', 'writeMirror b true false', 'writeMirror b true false']);
  });

  it('and its opposite at once reach everybody in that order, last the last', async () => {
    await Promise.all([
      reach().setBlocked('z', true),
      reach().setBlocked('z', false),
      reach().setBlocked('z', true),
      reach().setBlocked('z', false),
    ]);
    expect(callsTo('writeMirror').at(-1)).toBe('writeMirror z false false');
    expect(callsTo('tellPair').at(-1)).toMatch(/^tellPair z false /);
    expect(stage.open.platform.reachStore.of('z').blocked).toBe(false);
    expect(reach().nextAt()).toBeNull();
  });

  it.each([
    ['contacts', CONTACTS_MAX, () => reach().setContact('x', true), () => reach().setContact('000000', true)],
    ['blocks', BLOCKS_MAX, () => reach().setBlocked('x', true), () => reach().setBlocked('000000', true)],
  ] as const)('beyond so many %s is refused, and one that is there is not', async (what, max, another, again) => {
    stage.mirrored = { contact: [], blocked: [], [what === 'contacts' ? 'contact' : 'blocked']: ids(max) };
    expect(await another()).toMatchObject({ ok: false, refusal: { code: 'conflict' } });
    expect((await again()).ok).toBe(true);
  });
});
