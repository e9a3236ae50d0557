/** Somebody is added: whatever happens between any two steps, they are added once, or left out, and never against a block. */
import { describe, expect, it } from 'vitest';
import { nextAlarmAt, ring } from '../../../durable/conversation/assembly.ts';
import type { Admission } from '../../../durable/user-inbox/reach/api.ts';
import { stage, user, type Stage } from './stage.ts';

const ACTOR = user(1);
const NEW = user(9);
const MOMENTS = ['actor asked', 'actor answered', 'person asked', 'person answered', 'person silent', 'added'] as const;
type Moment = (typeof MOMENTS)[number];

interface World {
  set: Stage;
  /** Whom anybody blocks. */
  blocks: Map<string, string>;
  asked: { actor: number; person: number };
  answer: Admission;
}

/** At each moment, the first time it comes, something happens. */
async function world(happens: (moment: Moment, world: World) => Promise<void>): Promise<World> {
  const set = await stage();
  const it: World = { set, blocks: new Map(), asked: { actor: 0, person: 0 }, answer: 'member' };
  const come = new Set<Moment>();
  const at = async (moment: Moment): Promise<void> => {
    if (come.has(moment)) return;
    come.add(moment);
    await happens(moment, it);
  };
  set.people = {
    giveBack: () => Promise.resolve(),
    mayAdd: async (userId, { user_ids }) => {
      it.asked.actor++;
      await at('actor asked');
      const blocked = user_ids.filter((id) => it.blocks.get(userId) === id);
      await at('actor answered');
      return { refusal: null, blocked, version: 1 };
    },
    mayBeAdded: async (userId, { by }) => {
      it.asked.person++;
      await at('person asked');
      const blocked = it.blocks.get(userId) === by;
      await at('person answered');
      await at('person silent');
      return { answer: blocked ? 'refused' : it.answer, reason: null, blocked, version: 1 };
    },
  };
  return it;
}

const put = ({ set }: World): Promise<unknown> => set.assembly.admission.put(ACTOR, NEW, undefined, { limited: true, without_lists: [] });
const added = ({ set }: World): number => set.log().filter((entry) => JSON.stringify(entry).includes(NEW)).length;
const isIn = ({ set }: World): boolean => set.assembly.writer.members.has(NEW);

/** Alarms until there is none, and how many. */
async function toTheEnd({ set }: World): Promise<number> {
  for (let rings = 0; ; rings++) {
    set.commit();
    const at = nextAlarmAt(set.assembly);
    if (at === null) return rings;
    expect(set.alarms.armedAt).not.toBeNull();
    await set.clock.run(Math.max(0, at - set.clock.now()));
    set.alarms.rang();
    await ring(set.assembly, { alarms: set.alarms, now: () => set.clock.now() });
  }
}

describe('[A12] somebody is added to a group', () => {
  it.each(MOMENTS)('the object dies when %s: added once or not at all, and whoever asks again adds them once', async (moment) => {
    const one = await world(async (now, { set }) => {
      set.commit();
      if (now === moment) await set.crash();
    });
    await put(one).catch(() => undefined);
    if (moment === 'added') await one.set.crash();
    await toTheEnd(one);
    // Nothing was written before the actor had answered.
    const isWritten = !['actor asked', 'actor answered'].includes(moment);
    if (moment !== 'added') expect([isIn(one), added(one)]).toEqual([isWritten, Number(isWritten)]);
    await put(one);
    await toTheEnd(one);
    await one.set.crash();
    expect([isIn(one), added(one)]).toEqual([true, 1]);
    expect(one.set.assembly.admission.invited()).toEqual([]);
  });

  it.each([ACTOR, NEW])('nobody answers at first, and meanwhile %s blocks the other: not added', async (blocker) => {
    const one = await world(async (now) => {
      if (now === 'person silent') throw new Error('reset');
    });
    expect(await put(one)).toEqual({ ok: true, value: false });
    one.blocks.set(blocker, blocker === ACTOR ? NEW : ACTOR);
    await toTheEnd(one);
    expect([isIn(one), added(one), one.set.assembly.admission.invited()]).toEqual([false, 0, [NEW]]);
    // Taken back, it may come to be.
    one.blocks.clear();
    expect(await put(one)).toEqual({ ok: true, value: true });
    expect(added(one)).toBe(1);
  });

  it('an actor who cannot be asked again leaves it open', async () => {
    const one = await world(async (now) => {
      if (now === 'person silent') throw new Error('reset');
    });
    await put(one);
    const { mayAdd } = one.set.people;
    one.set.people.mayAdd = () => Promise.reject(new Error('down'));
    await put(one);
    expect([isIn(one), one.set.assembly.admission.invited()]).toEqual([false, [NEW]]);
    one.set.people.mayAdd = mayAdd;
    await toTheEnd(one);
    expect([isIn(one), added(one)]).toEqual([true, 1]);
  });

  it('a person whose object never answers is asked eight times, and then left out', async () => {
    const one = await world(() => Promise.resolve());
    one.set.people.mayBeAdded = () => {
      one.asked.person++;
      return Promise.reject(new Error('down'));
    };
    await put(one);
    const rings = await toTheEnd(one);
    expect(one.asked.person).toBe(8);
    expect(rings).toBeLessThan(20);
    expect([isIn(one), added(one), one.set.assembly.admission.invited()]).toEqual([false, 0, [NEW]]);
  });

  it('two who add the same one at once add them once', async () => {
    const one = await world(() => Promise.resolve());
    await Promise.all([put(one), put(one), put(one)]);
    expect([isIn(one), added(one), one.asked.person]).toEqual([true, 1, 1]);
  });

  it.each(MOMENTS.slice(0, 4))('whoever adds is taken out when %s: nobody comes in by them', async (moment) => {
    const one = await world(async (now, { set }) => {
      if (now !== moment) return;
      set.assembly.room.changeMembers(user(2), () => ({ ok: true, value: [{ action: 'removed', user_id: ACTOR }] }));
    });
    await put(one);
    await toTheEnd(one);
    expect([isIn(one), added(one)]).toEqual([false, 0]);
  });

  it('[A4] asked again for one who is kept out, it costs whoever adds them nothing more', async () => {
    const one = await world(() => Promise.resolve());
    one.blocks.set(NEW, ACTOR);
    const limits: boolean[] = [];
    const { mayAdd } = one.set.people;
    one.set.people.mayAdd = (userId, question) => {
      limits.push(question.limited);
      return mayAdd(userId, question);
    };
    for (let times = 0; times < 3; times++) expect(await put(one)).toEqual({ ok: true, value: false });
    expect(limits).toEqual([true, false, false]);
  });
});
