/**
 * How far each member's devices have got: cumulative, forward only, never past the end of the
 * log. Merged by maximum everywhere, so repeats and reordering do no harm.
 */
import type { Receipt } from '../../protocol/server-frames.ts';

export interface Position {
  delivered: number;
  read: number;
}

export class Receipts {
  readonly #positions: Map<string, Position>;
  readonly #moved = new Set<string>();

  constructor(json: string) {
    this.#positions = new Map(
      Object.entries(JSON.parse(json) as Record<string, [number, number]>).map(([id, [delivered, read]]) => [id, { delivered, read }]),
    );
  }

  of(userId: string): Position {
    return this.#positions.get(userId) ?? { delivered: 0, read: 0 };
  }

  /** Reading implies delivery. @returns whether anything moved */
  move(userId: string, to: Partial<Position>, head: number): boolean {
    const old = this.of(userId);
    const read = Math.max(old.read, Math.min(to.read ?? 0, head));
    const delivered = Math.max(old.delivered, read, Math.min(to.delivered ?? 0, head));
    if (read === old.read && delivered === old.delivered) return false;
    this.#positions.set(userId, { delivered, read });
    this.#moved.add(userId);
    return true;
  }

  forget(userId: string): void {
    this.#positions.delete(userId);
    this.#moved.delete(userId);
  }

  /** Those that moved since the last call. */
  takeMoved(): Receipt[] {
    const moved = [...this.#moved].map((user_id) => ({ user_id, ...this.of(user_id) }));
    this.#moved.clear();
    return moved;
  }

  all(): Receipt[] {
    return Array.from(this.#positions, ([user_id, position]) => ({ user_id, ...position }));
  }

  toJson(except?: ReadonlySet<string>): string {
    const kept = [...this.#positions].filter(([userId]) => except?.has(userId) !== true);
    return JSON.stringify(Object.fromEntries(Array.from(kept, ([userId, { delivered, read }]) => [userId, [delivered, read]])));
  }
}
