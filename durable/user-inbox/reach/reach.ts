/**
 * Who may reach this user, and whom this user may reach: the door of this room. It answers for
 * the user before a conversation puts anybody in; the conversation decides what becomes of the answer.
 * Known to a user is a contact, or the partner of a direct conversation the user has.
 */
import type { Refusal } from '../../../protocol/errors.ts';
import { INVITATIONS_PER_USER_MAX } from '../../../protocol/limits.ts';
import type { ContactPolicy, PrivacyChoice } from '../../../protocol/reach.ts';
import { directConversationId, spareDirectConversationId } from '../../../protocol/ids.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { returned, takeQuota, QUOTAS, type QuotaName } from './quotas.ts';
import type { Bucket } from '../../kit/token-bucket.ts';
import type { AddedAnswer, AddedQuestion, AddingAnswer, AddingQuestion } from './api.ts';
import { Relations, type RelationsDeps } from './relations.ts';
import { onDirect, onGroup, type Relation } from './verdict.ts';

export interface ReachDeps extends RelationsDeps {
  userId(): string;
  /** How the user's own row of this direct conversation stands; null: they are not in it. */
  direct(conversationId: string): 'active' | 'asking' | null;
  /** The user's own choice of who may reach them. */
  choice(): PrivacyChoice;
  policy: ContactPolicy;
  /** Invitations the user has not answered, counted up to `max`. */
  invitations(max: number): number;
  rateFactor: number;
}

type Direct = 'active' | 'asking';
const COUNTED_MAX = 100;

export class Reach {
  readonly #deps: ReachDeps;
  readonly #relations: Relations;
  /** For whom it was counted lately: an answer that was lost is given again for nothing. */
  #counted: readonly string[] = [];

  constructor(deps: ReachDeps) {
    this.#deps = deps;
    this.#relations = new Relations(deps);
  }

  setContact(otherId: string, on: boolean): Promise<Outcome<null>> {
    return this.#relations.set(otherId, 'contact', on);
  }

  setBlocked(otherId: string, on: boolean): Promise<Outcome<null>> {
    return this.#relations.set(otherId, 'blocked', on);
  }

  /** This user wants to add these. */
  async mayAdd({ kind, opens, user_ids, limited, without_lists }: AddingQuestion): Promise<AddingAnswer> {
    await this.#relations.ready(without_lists);
    const directs = await this.#directsWith(user_ids);
    // From here on nothing waits: the quota is taken in the step that looked at it.
    const blocked = user_ids.filter((id) => this.#relations.of(id).blocked);
    const strangers = user_ids.filter((id) => !blocked.includes(id) && !this.#knows(id, directs, 'active'));
    const wanted: [QuotaName, number][] =
      kind === 'direct'
        ? [['first_messages', strangers.length]]
        : [
            ['new_groups', Number(opens)],
            ['strangers_added', strangers.length],
          ];
    return { refusal: limited ? this.#take(wanted) : null, blocked, version: this.#relations.version };
  }

  /** Somebody wants to add this user. */
  async mayBeAdded({ by, conversation_id, kind, limited, without_lists }: AddedQuestion): Promise<AddedAnswer> {
    await this.#relations.ready(without_lists);
    const directs = await this.#directsWith([by]);
    const { version } = this.#relations;
    const known = this.#knows(by, directs, 'active', 'asking');
    const { blocked } = this.#relations.of(by);
    const answer = this.#answerTo(kind, { blocked, known, invitations: this.#deps.invitations(INVITATIONS_PER_USER_MAX) });
    if (answer.answer === 'refused') return { ...answer, blocked, version };
    const isPaid = !limited || known || this.#counted.includes(`${by} ${conversation_id}`);
    if (!isPaid && this.#take([['new_by_strangers', 1]]) !== null) {
      return { answer: 'refused', reason: 'not_accepting', blocked: false, version };
    }
    if (!isPaid) this.#counted = [...this.#counted, `${by} ${conversation_id}`].slice(-COUNTED_MAX);
    return { ...answer, blocked: false, version };
  }

  /** A direct conversation that was to be opened with this one was refused. */
  async giveBack(otherId: string): Promise<void> {
    const directs = await this.#directsWith([otherId]);
    const { store, rateFactor } = this.#deps;
    const bucket = store.bucket('first_messages');
    if (bucket === undefined || this.#relations.of(otherId).blocked || this.#knows(otherId, directs, 'active')) return;
    store.putBuckets(new Map([['first_messages', returned(bucket, QUOTAS.first_messages * rateFactor)]]));
  }

  ring(): void {
    this.#relations.ring();
  }

  nextAt(): number | null {
    return this.#relations.nextAt();
  }

  /** To whom it is not said that they are kept out, it looks like any invitation. */
  #answerTo(kind: AddedQuestion['kind'], relation: Relation): Pick<AddedAnswer, 'answer' | 'reason'> {
    const { policy, choice } = this.#deps;
    const verdict = kind === 'direct' ? onDirect(policy, choice(), relation) : onGroup(policy, choice(), relation);
    if (verdict.is === 'refused') return { answer: 'refused', reason: verdict.refusal.reason ?? null };
    return { answer: verdict.is === 'invited' && verdict.silently ? 'refused' : verdict.is, reason: null };
  }

  /** Whoever asks somebody and is not answered does not know them: it costs as before. Yet they may be added by them. */
  #knows(userId: string, directs: ReadonlyMap<string, readonly string[]>, ...states: Direct[]): boolean {
    const { direct } = this.#deps;
    return this.#relations.of(userId).contact || directs.get(userId)!.some((id) => states.includes(direct(id)!));
  }

  /** Both ids under which the conversation with each may be. */
  async #directsWith(userIds: readonly string[]): Promise<Map<string, readonly string[]>> {
    const own = this.#deps.userId();
    const ids = userIds.map(
      async (id) => [id, [await directConversationId(own, id), await spareDirectConversationId(own, id)] as const] as const,
    );
    return new Map(await Promise.all(ids));
  }

  /** All of it or nothing. @returns why not */
  #take(wanted: readonly [QuotaName, number][]): Refusal | null {
    const { store, now, rateFactor } = this.#deps;
    const buckets = new Map<string, Bucket>();
    for (const [name, count] of wanted) {
      if (count === 0) continue;
      const taken = takeQuota(store.bucket(name), QUOTAS[name] * rateFactor, count, now());
      if (!taken.ok) return { code: 'rate_limited', reason: 'quota', detail: USED_UP[name], retry_after: taken.retryAfter };
      buckets.set(name, taken.bucket);
    }
    store.putBuckets(buckets);
    return null;
  }
}

const USED_UP: Record<QuotaName, string> = {
  new_groups: 'You have made many groups today.',
  strangers_added: 'You have added many people today who do not know you.',
  first_messages: 'You have written to many people today who do not know you.',
  new_by_strangers: 'Many people have reached this user today.',
};
