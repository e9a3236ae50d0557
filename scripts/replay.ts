/**
 * `npm run replay -- FILE…`: plays days of a channel into a running server and compares what everybody got.
 * Here is the command itself: its words, its files, its state, its exit code.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { greet } from './replay/accounts.ts';
import { readDay, type Day } from './replay/day.ts';
import { DEFAULT_URL, HELP, parse, type Options } from './replay/options.ts';
import { createProgress } from './replay/progress.ts';
import { openPushDesk } from './replay/push-desk.ts';
import { newDay, runDay, type Run } from './replay/run.ts';
import { loadRun, saveRun, type RunState } from './replay/run-state.ts';

const parsed = parse(process.argv.slice(2));
if (parsed.kind === 'help') process.stdout.write(HELP);
else if (parsed.kind === 'wrong') stop(parsed.reason);
else process.exitCode = (await replay(parsed.options)) ? 0 : 1;

async function replay(options: Options): Promise<boolean> {
  const before = options.resume ? loadRun(options.state) : null;
  if (options.resume && before === null) stop(`There is no run to go on with in ${options.state}.`);
  const files = options.files.length > 0 ? options.files : (before?.days ?? []).map(({ file }) => file);
  const days = files.map((file) => ({ file, day: read(file) }));
  const state: RunState = before ?? {
    url: options.url ?? DEFAULT_URL,
    run: randomBytes(3).toString('hex'),
    password: randomBytes(9).toString('base64url'),
    accounts: {},
    days: [],
  };
  if (options.url !== null) state.url = options.url;
  if (!(await greet(state.url))) stop(`No Natter answers at ${state.url}. Start it with: LIMITS=relaxed npm start`);

  const progress = createProgress(process.stdout, () => performance.now());
  const now = (): number => performance.now();
  const desk = options.inbox ? await openPushDesk(options.pushPort, now).catch((error: unknown) => stop(String(error))) : null;
  const run: Run = { state, save: () => saveRun(options.state, state), progress, now, speed: options.speed, desk };
  for (const { file, day } of days) {
    if (state.days.some(({ hash }) => hash === day.hash)) continue;
    state.days.push({ ...newDay(day, options.members), file });
  }
  run.save();
  progress.say(`Into ${state.url}; kept in ${options.state}, to go on after a break with --resume`);

  let whole = true;
  try {
    for (const { day } of days) {
      const kept = state.days.find(({ hash }) => hash === day.hash)!;
      if (kept.finished) progress.say(`${day.name}: finished before`);
      else whole = (await runDay(run, day, kept)) && whole;
      whole &&= kept.refused.length === 0;
    }
  } finally {
    await desk?.close();
  }
  return whole;
}

function read(file: string): Day {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return stop(error instanceof Error ? error.message : String(error));
  }
  const result = readDay(basename(file).replace(/\.jsonl?(\.gz)?$/, ''), bytes);
  return result.ok ? result.day : stop(result.reason);
}

function stop(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(2);
}
