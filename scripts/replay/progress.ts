/**
 * How far something has got: one line that is written over on a terminal, otherwise a plain line now and
 * then. Invariant: what `say` prints stands on a line of its own.
 */
export interface Screen {
  isTTY?: boolean;
  write(text: string): unknown;
}

export type Progress = ReturnType<typeof createProgress>;

const TERMINAL_INTERVAL_MS = 100;
const PLAIN_INTERVAL_MS = 5_000;
const WIDTH = 30;

export function createProgress(screen: Screen, now: () => number) {
  const intervalMs = screen.isTTY ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS;
  let shownAt = -Infinity;
  let open = false;

  function clear(): void {
    if (open) screen.write('\r\u001b[K');
    open = false;
  }

  return {
    /** Shows it when it is time, always at the end. */
    at(what: string, done: number, total: number, note = ''): void {
      if (done < total && now() < shownAt + intervalMs) return;
      shownAt = now();
      const line = `${what} ${bar(done, total)} ${done}/${total}${note && `  ${note}`}`;
      if (!screen.isTTY) return void screen.write(`${line}\n`);
      clear();
      screen.write(done < total ? line : `${line}\n`);
      open = done < total;
    },
    say(line: string): void {
      clear();
      screen.write(`${line}\n`);
    },
  };
}

export function bar(done: number, total: number): string {
  const full = total === 0 ? WIDTH : Math.floor((done / total) * WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}]`;
}
