/**
 * Sessions whose sockets were closed here a moment ago. An upgrade that the user's object let pass just
 * before may arrive after that, and must not open one. In memory only: an object that was evicted in
 * between is swept once more.
 */
const KEPT_MS = 60_000;
const KEPT_MAX = 1_000;

export class RecentlyEnded {
  readonly #endedAt = new Map<string, number>();

  note(sessionId: string, now: number): void {
    this.#endedAt.delete(sessionId);
    this.#endedAt.set(sessionId, now);
    const [oldest] = this.#endedAt.keys();
    if (this.#endedAt.size > KEPT_MAX && oldest !== undefined) this.#endedAt.delete(oldest);
  }

  has(sessionId: string, now: number): boolean {
    const endedAt = this.#endedAt.get(sessionId);
    return endedAt !== undefined && now - endedAt < KEPT_MS;
  }
}
