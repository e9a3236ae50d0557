/**
 * How far each member's devices have got: cumulative, forward only, never past the end of the
 * log. Merged by maximum everywhere, so repeats and reordering do no harm. It also decides what
 * of it who may see: one who has turned read receipts off shows nobody what they read, not even
 * by when it moves, and sees nobody's.
 */
import type { Receipt } from '../../protocol/server-frames.ts';

/** As the devices said: what was read counts as delivered too, but whether that may be seen is another question. */
export interface Position {
  delivered: number;
  read: number;
}

/** `hidden`: nobody but the user may notice. */
export type Movement = 'none' | 'hidden' | 'shown';

export class Receipts {
  readonly #positions: Map<string, Position>;
  /** Who has turned read receipts off. */
  readonly #off: Set<string>;
  /** Who has not accepted the conversation yet: nobody else may notice that they are there. */
  readonly #held = new Set<string>();
  /** Whose position moved for others to see; true: how far it was delivered, not only what was read. */
  readonly #moved = new Map<string, boolean>();

  constructor(json: string, offJson: string) {
    this.#positions = new Map(
      Object.entries(JSON.parse(json) as Record<string, [number, number]>).map(([id, [delivered, read]]) => [id, { delivered, read }]),
    );
    this.#off = new Set(JSON.parse(offJson) as string[]);
  }

  of(userId: string): Position {
    return this.#positions.get(userId) ?? { delivered: 0, read: 0 };
  }

  /** Nobody but the user is shown what the user has read, nor the other way round. */
  isOff(userId: string): boolean {
    return this.#off.has(userId);
  }

  isHeld(userId: string): boolean {
    return this.#held.has(userId);
  }

  hold(userId: string): void {
    this.#held.add(userId);
  }

  /** What was held is news for the others. */
  release(userId: string): void {
    if (this.#held.delete(userId) && this.#positions.has(userId)) this.#moved.set(userId, true);
  }

  move(userId: string, to: Partial<Position>, head: number): Movement {
    const old = this.of(userId);
    const read = Math.max(old.read, Math.min(to.read ?? 0, head));
    const delivered = Math.max(old.delivered, Math.min(to.delivered ?? 0, head));
    if (read === old.read && delivered === old.delivered) return 'none';
    const shown = this.#deliveredShown(userId);
    this.#positions.set(userId, { delivered, read });
    if (this.isHeld(userId)) return 'hidden';
    const further = this.#deliveredShown(userId) > shown;
    if (this.isOff(userId) && !further) return 'hidden';
    this.#moved.set(userId, further || this.#moved.get(userId) === true);
    return 'shown';
  }

  /** What others were shown so far stays shown; from here on it moves by delivery alone. @returns whether that is new */
  setOff(userId: string, off: boolean): boolean {
    if (off === this.#off.has(userId)) return false;
    const { delivered, read } = this.of(userId);
    if (off) {
      if (this.#positions.has(userId)) this.#positions.set(userId, { delivered: Math.max(delivered, read), read });
      this.#off.add(userId);
    } else {
      this.#off.delete(userId);
      if (this.#positions.has(userId)) this.#moved.set(userId, true);
    }
    return true;
  }

  forget(userId: string): void {
    this.#positions.delete(userId);
    this.#off.delete(userId);
    this.#held.delete(userId);
    this.#moved.delete(userId);
  }

  /**
   * What moved since the last call, as each may see it; the viewer null is anybody whose own receipts are on.
   * One whose are off is told of others only, and of their reading not even by the moment at which a frame comes.
   */
  takeNews(): (viewerId: string | null) => Receipt[] {
    const moved = [...this.#moved].filter(([userId]) => !this.isHeld(userId));
    this.#moved.clear();
    return (viewerId) => {
      const seen = viewerId === null ? moved : moved.filter(([userId, delivered]) => delivered && userId !== viewerId);
      return seen.map(([userId]) => this.#shown(userId, viewerId));
    };
  }

  /** As the user's own devices see it. */
  own(userId: string): Receipt {
    return this.#shown(userId, userId);
  }

  /** Everybody's position, as one of them may see it. */
  seenBy(viewerId: string): Receipt[] {
    const visible = [...this.#positions.keys()].filter((userId) => userId === viewerId || !this.isHeld(userId));
    return visible.map((userId) => this.#shown(userId, viewerId));
  }

  toJson(except?: ReadonlySet<string>): string {
    const kept = [...this.#positions].filter(([userId]) => except?.has(userId) !== true);
    return JSON.stringify(Object.fromEntries(Array.from(kept, ([userId, { delivered, read }]) => [userId, [delivered, read]])));
  }

  offToJson(except?: ReadonlySet<string>): string {
    return JSON.stringify([...this.#off].filter((userId) => except?.has(userId) !== true));
  }

  #shown(userId: string, viewerId: string | null): Receipt {
    const { delivered, read } = this.of(userId);
    if (userId === viewerId) return { user_id: userId, delivered: Math.max(delivered, read), read };
    const hidden = this.isOff(userId) || (viewerId !== null && this.isOff(viewerId));
    return { user_id: userId, delivered: this.#deliveredShown(userId), read: hidden ? 0 : read };
  }

  #deliveredShown(userId: string): number {
    const { delivered, read } = this.of(userId);
    return this.isOff(userId) ? delivered : Math.max(delivered, read);
  }
}
