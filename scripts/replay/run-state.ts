/**
 * A run as it is kept on disk, so that it can be gone on with: accounts by name, and per day its
 * conversation and how many lines were acknowledged. Invariant: the file is always whole (written aside
 * and moved); the count may lag behind the log, never run ahead of it.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod/mini';

const runState = z.object({
  url: z.string(),
  /** Makes the user names of this run its own. */
  run: z.string(),
  password: z.string(),
  accounts: z.record(z.string(), z.object({ username: z.string(), user_id: z.string(), token: z.string() })),
  days: z.array(
    z.object({
      file: z.string(),
      hash: z.string(),
      members: z.int(),
      /** The `global_id` of its group: to make it again is to find it. */
      group_id: z.string(),
      lines_done: z.int(),
      /** Numbers of the lines that the server refused for good. */
      refused: z.array(z.int()),
      finished: z.boolean(),
    }),
  ),
});
export type RunState = z.infer<typeof runState>;
export type DayState = RunState['days'][number];

/** Null: there is none. Throws when it is there and no run. */
export function loadRun(path: string): RunState | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  return runState.parse(JSON.parse(text));
}

/** It holds passwords and tokens: for its owner only. */
export function saveRun(path: string, state: RunState): void {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, JSON.stringify(state, null, 1), { mode: 0o600 });
  renameSync(fresh, path);
}
