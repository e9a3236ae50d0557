/**
 * Who comes into a group, and who is waited for: the door of this room. Whoever is to be added is
 * written down first, then their own object is asked, and what it answered is carried out in the
 * step that looks at the members as they are then. A crash in between leaves them written down,
 * and the alarm goes on. Nobody who is waited for sees anything of the group.
 */
import { GROUP_MEMBERS_MAX, INVITATION_LIFETIME_MS } from '../../../protocol/limits.ts';
import type { MembershipChange, Role } from '../../../protocol/message.ts';
import { accept, refuse, type Outcome } from '../../../protocol/outcome.ts';
import type { Admission as Answer } from '../../user-inbox/reach/api.ts';
import type { Adding } from '../api.ts';
import * as membership from '../membership.ts';
import type { OpenInvitation } from '../digest.ts';
import type { Room } from '../room.ts';
import type { LogWriter } from '../writer.ts';
import { admitted, byActor } from './admitted.ts';
import { askActor, askActorsAgain, askPeople, type AskingDeps } from './asking.ts';
import type { AdmissionStore } from './store.ts';
import {
  fromRecord,
  isCurrent,
  settled,
  toBeAsked,
  toRecord,
  withGone,
  withDeclined,
  withJoined,
  without,
  withPending,
  type Pending,
  type Waiting,
} from './pending.ts';

export interface AdmissionDeps extends AskingDeps {
  store: AdmissionStore;
  writer: LogWriter;
  room: Room;
  arm(at: number | null): void;
  /** What these are to the group has changed, and no number of the log says so. */
  retell(userIds: readonly string[]): void;
}

interface Asked {
  withoutLists?: ReadonlySet<string>;
  /** It is no longer sure that whoever wanted them in would today. */
  again?: boolean;
}

export class Admission {
  readonly #deps: AdmissionDeps;
  #waiting: Waiting;
  /** Those who are being asked. */
  readonly #asked = new Map<string, Promise<void>>();
  /** From the creation until everybody was asked: nothing of it is told before. */
  #isFounding = false;

  constructor(deps: AdmissionDeps) {
    this.#deps = deps;
    this.#waiting = fromRecord(deps.store.read());
  }

  get isFounding(): boolean {
    return this.#isFounding;
  }

  /** Who is waited for, as members may see it. */
  invited(): string[] {
    const now = this.#deps.now();
    return this.#waiting.pending.filter((one) => isCurrent(one, now)).map(({ user_id }) => user_id);
  }

  /** By which somebody may join, and knows of it. */
  invitationOf(userId: string): OpenInvitation | undefined {
    const one = this.#invitation(userId);
    return one === undefined || !isCurrent(one, this.#deps.now()) ? undefined : { by: one.by, at: one.at, expires_at: expiryOf(one) };
  }

  /** The own act of one who is invited. */
  join(userId: string): Outcome<null> {
    const { room, writer, store, now } = this.#deps;
    room.flush();
    if (writer.members.has(userId)) return accept(null);
    const one = this.#invitation(userId);
    if (one === undefined) return NOT_INVITED;
    if (!isCurrent(one, now())) return refuse('gone', 'The invitation has expired.');
    if (writer.members.size >= GROUP_MEMBERS_MAX) return refuse('conflict', `A group has at most ${GROUP_MEMBERS_MAX} members.`);
    // What was offered by one who may not give it any more is not given.
    const role = writer.members.get(one.by)?.role === 'owner' ? one.role : 'member';
    const next = withJoined(this.#waiting, userId);
    const changed = room.changeMembers(
      userId,
      () => accept([{ action: 'added', user_id: userId, role }]),
      () => store.put(toRecord(next)),
    );
    if (!changed.ok) return changed;
    this.#waiting = next;
    return accept(null);
  }

  /** Nobody is told, and for a while they are told of no other invitation to this group. */
  decline(userId: string): Outcome<null> {
    const { writer, now, retell } = this.#deps;
    const one = this.#invitation(userId);
    if (writer.members.has(userId) || one === undefined) return NOT_INVITED;
    this.#write(withDeclined(this.#waiting, one, now()));
    retell([userId]);
    return accept(null);
  }

  #invitation(userId: string): Pending | undefined {
    return this.#waiting.pending.find(({ user_id, state }) => user_id === userId && state === 'invited');
  }

  /** A group that was just written: those who come in now have been there from the beginning. */
  async found(withoutLists: ReadonlySet<string>): Promise<void> {
    this.#isFounding = true;
    // Whatever becomes of this process, they will be asked.
    this.#deps.arm(this.nextAt());
    try {
      await this.#ask(
        this.#waiting.pending.filter(({ state }) => state === 'asking'),
        { withoutLists },
      );
    } finally {
      this.#isFounding = false;
    }
  }

  /** The same creation again: nobody waits for the alarm. */
  async resume(): Promise<void> {
    await this.#askAgain(this.#waiting.pending.filter(({ state }) => state === 'asking'));
  }

  /** Adds somebody, or gives a member another role. @returns whether they are a member now */
  async put(actorId: string, userId: string, role: Role | undefined, adding: Adding): Promise<Outcome<boolean>> {
    const { room, writer, now, onError } = this.#deps;
    const wanted = membership.put(this.#roster(), actorId, userId, role);
    if (!wanted.ok) return wanted;
    if (writer.members.has(userId)) {
      const changed = room.changeMembers(actorId, (roster) => membership.put(roster, actorId, userId, role));
      return changed.ok ? accept(true) : changed;
    }
    const before = this.#waiting.pending.find((one) => one.user_id === userId && isCurrent(one, now()));
    if (before?.state === 'asking') await this.#askAgain([before]);
    if (before?.state === 'asking' || (before?.state === 'invited' && before.by === actorId)) return accept(writer.members.has(userId));
    if (before === undefined && writer.members.size + this.invited().length >= GROUP_MEMBERS_MAX) return refuse('conflict', FULL);
    const { limited } = adding;
    // Who is kept out looks like one who is invited: asking again for them costs as little.
    const costs = limited && before?.by !== actorId;
    const lists = new Set(adding.without_lists);
    let actor;
    try {
      actor = await askActor(this.#deps, actorId, {
        kind: 'group',
        opens: false,
        user_ids: [userId],
        limited: costs,
        without_lists: lists.has(actorId),
      });
    } catch (error) {
      onError(error);
      return NO_ANSWER;
    }
    if (actor.refusal !== null) return { ok: false, refusal: actor.refusal };
    // Decided anew: the group may have changed while the actor's object was asked.
    const still = membership.put(this.#roster(), actorId, userId, role);
    if (!still.ok) return still;
    if (writer.members.has(userId)) return accept(true);
    const past = this.#waiting.pending.find(({ user_id }) => user_id === userId);
    const person = {
      ...toBeAsked(userId, actorId, role ?? 'member', limited, now()),
      ...(past?.declined_at !== undefined && { declined_at: past.declined_at }),
    };
    this.#write(withPending(this.#waiting, [actor.blocked.length > 0 ? { ...person, state: 'refused' } : person], now()));
    this.#deps.arm(person.retry_at);
    if (actor.blocked.length === 0) await this.#ask([person], { withoutLists: lists });
    return accept(writer.members.has(userId));
  }

  /** Takes a member out, lets one leave, or takes an invitation back. */
  remove(actorId: string, userId: string): Outcome<MembershipChange[]> {
    const { room, writer } = this.#deps;
    const roster = this.#roster();
    const one = this.#waiting.pending.find(({ user_id }) => user_id === userId);
    const mayWithdraw = membership.mayRename(roster, actorId).ok || (one?.by === actorId && writer.members.has(actorId));
    if (!writer.members.has(userId) && one !== undefined && isCurrent(one, this.#deps.now()) && mayWithdraw) {
      const isTold = one.state === 'invited';
      // That they declined once is not forgotten with it.
      const rest = without(this.#waiting, new Set([userId]));
      this.#write(one.declined_at === undefined ? rest : { ...rest, pending: [...rest.pending, { ...one, state: 'declined' }] });
      if (isTold) this.#deps.retell([userId]);
      return accept([]);
    }
    const next = actorId === userId ? withGone(this.#waiting, userId) : this.#waiting;
    const changed = room.changeMembers(
      actorId,
      (members) => membership.remove(members, actorId, userId),
      () => (next === this.#waiting ? undefined : this.#deps.store.put(toRecord(next))),
    );
    if (changed.ok) this.#waiting = next;
    return changed;
  }

  /** From the alarm. */
  async ring(): Promise<void> {
    const { now } = this.#deps;
    await this.#askAgain(this.#waiting.pending.filter(({ state, retry_at }) => state === 'asking' && retry_at <= now()));
  }

  nextAt(): number | null {
    const dues = this.#waiting.pending.flatMap(({ state, retry_at }) => (state === 'asking' ? [retry_at] : []));
    return dues.length === 0 ? null : Math.min(...dues);
  }

  #askAgain(people: readonly Pending[]): Promise<void> {
    return this.#ask(people, { again: true });
  }

  /** Who is being asked already is waited for. */
  async #ask(people: readonly Pending[], asked: Asked = {}): Promise<void> {
    const fresh = people.filter(({ user_id }) => !this.#asked.has(user_id));
    const others = people.flatMap(({ user_id }) => this.#asked.get(user_id) ?? []);
    if (fresh.length > 0) {
      const asking = this.#askAll(fresh, asked);
      for (const { user_id } of fresh) this.#asked.set(user_id, asking);
      try {
        await asking;
      } finally {
        for (const { user_id } of fresh) this.#asked.delete(user_id);
      }
    }
    await Promise.all(others);
  }

  async #askAll(people: readonly Pending[], { withoutLists = new Set(), again = false }: Asked): Promise<void> {
    const { writer } = this.#deps;
    const answers = await askPeople(this.#deps, writer.record.conversation_id, people, 'group', withoutLists);
    const verdicts = new Map(people.map(({ user_id }) => [user_id, answers.get(user_id)?.answer ?? null]));
    if (again) await askActorsAgain(this.#deps, people, verdicts);
    this.#carryOut(people, verdicts);
  }

  /** From here on nothing waits: what was answered meets the members as they are now. */
  #carryOut(people: readonly Pending[], answers: ReadonlyMap<string, Answer | null>): void {
    const { now, writer, arm } = this.#deps;
    const asked = new Set(people.map(({ user_id }) => user_id));
    // Who was taken back meanwhile is not here any more.
    const current = this.#waiting.pending.filter(({ user_id, state }) => asked.has(user_id) && state === 'asking');
    const outcomes = current.map((one) => ({
      one,
      outcome: settled(one, answers.get(one.user_id) ?? null, this.#waiting.gone.includes(one.user_id), now()),
    }));
    const staying = outcomes.flatMap(({ outcome }) => (outcome === 'member' ? [] : [outcome]));
    const coming = outcomes.flatMap(({ one, outcome }) => (outcome === 'member' ? [one] : []));
    const waiting = withPending(this.#waiting, staying, now());
    if (this.#isFounding && writer.head === 0) this.#foundWith(coming, waiting);
    else if (coming.length === 0) this.#write(waiting);
    else for (const [by, whom] of byActor(coming)) this.#admit(by, whom, staying);
    const invited = staying.flatMap(({ state, user_id }) => (state === 'invited' ? [user_id] : []));
    if (invited.length > 0) this.#deps.retell(invited);
    arm(this.nextAt());
  }

  #foundWith(people: readonly Pending[], waiting: Waiting): void {
    const ids = people.map(({ user_id }) => user_id);
    const next = without(waiting, new Set(ids));
    this.#deps.room.found(ids, () => this.#deps.store.put(toRecord(next)));
    this.#waiting = next;
  }

  /** Those who may not come in any more, since the actor may not add them or there is no room, are left out. */
  #admit(actorId: string, people: readonly Pending[], staying: readonly Pending[]): void {
    const { room, store, now } = this.#deps;
    const ids = new Set(people.map(({ user_id }) => user_id));
    const next = without(withPending(this.#waiting, staying, now()), ids);
    const changed = room.changeMembers(
      actorId,
      (roster) => accept(admitted(roster, actorId, people)),
      () => store.put(toRecord(next)),
    );
    if (changed.ok && changed.value.length > 0) this.#waiting = next;
    else this.#write(next);
  }

  #write(waiting: Waiting): void {
    this.#deps.store.put(toRecord(waiting));
    this.#waiting = waiting;
  }

  #roster(): membership.Roster {
    const { writer } = this.#deps;
    return { kind: writer.record.kind, members: [...writer.members.values()] };
  }
}

const expiryOf = ({ at }: Pending): number => at + INVITATION_LIFETIME_MS;
const NOT_INVITED = refuse('not_found', 'There is no such conversation.');
const FULL = `A group has at most ${GROUP_MEMBERS_MAX} members and people who are invited.`;
const NO_ANSWER = refuse('unavailable', 'Your own lists cannot be read right now.', { retry_after: 2 });
