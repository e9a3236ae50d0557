/** Web Locks among the programs on one storage: one holds a name, the others wait in line; who dies lets go. */
import type { Environment } from '../../client/src/index.ts';

interface Request {
  isAlive: () => boolean;
  onHeld: () => void;
}

export class Locks {
  readonly #lines = new Map<string, Request[]>();

  /** The locks as one running program sees them. */
  mount(isAlive: () => boolean): NonNullable<Environment['lock']> {
    return (name, onHeld) => {
      const line = this.#lines.get(name) ?? [];
      this.#lines.set(name, line);
      const request = { isAlive, onHeld };
      line.push(request);
      if (line[0] === request) queueMicrotask(() => line[0] === request && onHeld());
      return () => this.#leave(line, request);
    };
  }

  /** The programs that have died are gone. */
  bury(): void {
    for (const line of this.#lines.values()) for (const request of line.filter(({ isAlive }) => !isAlive())) this.#leave(line, request);
  }

  #leave(line: Request[], request: Request): void {
    const index = line.indexOf(request);
    if (index < 0) return;
    line.splice(index, 1);
    const next = line[0];
    if (index === 0 && next) queueMicrotask(() => line[0] === next && next.isAlive() && next.onHeld());
  }
}
