/**
 * One day from accounts to verdict: signs people up, makes the group, seats everybody, plays what is not
 * in the log yet, compares, tells. Owns the order of these and what is remembered of them.
 */
import type { NatterError } from '@natter/client';
import { uuidv7 } from '../../protocol/ids.ts';
import { enter } from './accounts.ts';
import { castOf, usernameOf } from './cast.ts';
import { check, logOf, type Difference, type OnWait } from './check.ts';
import type { Day, Line } from './day.ts';
import { createMeter, showMs, showSpread } from './figures.ts';
import { eachOf, patiently } from './patience.ts';
import { gather, play } from './play.ts';
import type { Progress } from './progress.ts';
import type { DayState, RunState } from './run-state.ts';
import { createStage, openStage, type Casting, type Stage } from './stage.ts';
import { logDifferences, numbersOf } from './verdict.ts';

/** A sign-up costs a server a tenth of a second of work. */
const SIGN_UPS_AT_ONCE = 4;
const SAVE_INTERVAL_MS = 500;
const TOLD_AGAIN_AFTER_MS = 10_000;

export interface Run {
  state: RunState;
  save(): void;
  progress: Progress;
  /** Milliseconds that only go forward. */
  now(): number;
  speed: number | null;
}

/** Makes what is to be remembered of a day before anything is done for it. */
export const newDay = (day: Day, members: number): DayState => ({
  file: day.name,
  hash: day.hash,
  members,
  conversation_id: uuidv7(Date.now()),
  lines_done: 0,
  refused: [],
  finished: false,
});

/** True: every line is in, in order, and everybody has the same. */
export async function runDay(run: Run, day: Day, kept: DayState): Promise<boolean> {
  const { state, save, progress, now, speed } = run;
  const { say } = progress;
  const onWait = tellWaits(run);
  const cast = castOf(day.lines, kept.members);
  say(
    `${day.name}: ${day.lines.length} lines by ${cast.speakers} people, ${cast.accounts.length} members (${day.skipped.system} system lines and ${day.skipped.empty} without text left out)`,
  );
  const castings = await signUp(run, cast.accounts, onWait);

  const meter = createMeter();
  const stage = createStage(state.url, kept.conversation_id, castings, ({ global_id }) => meter.delivered(global_id, now()));
  try {
    const seats = new Map(stage.seats.map((seat) => [seat.name, seat]));
    const seatOf = (nick: string) => seats.get(cast.accountOf(nick))!;
    const senderOf = (nick: string) => seatOf(nick).userId;
    const [owner] = stage.seats;
    const others = castings.slice(1).map(({ user_id }) => user_id);
    await patiently(() => owner!.client.api.createGroup(day.name, others, kept.conversation_id), onWait);

    const log = await logOf(owner!.client, kept.conversation_id, onWait);
    const done = sent(day, kept).slice(0, log.length);
    const strays = logDifferences(done, log, senderOf);
    if (log.length < kept.lines_done) strays.unshift(`${kept.lines_done} lines were acknowledged and the log has ${log.length}`);
    if (strays.length > 0) return fail(run, [{ name: 'the log', differences: strays }]);
    if (log.length > 0) say(`Going on after ${log.length} lines`);

    await openStage(stage, (online) => progress.at('Connecting', online, stage.seats.length));

    const startAt = now();
    const rest = sent(day, kept).slice(log.length);
    const away = watchAway(run, stage);
    let savedAt = 0;
    let stored = log.length;
    const show = () =>
      progress.at('Playing', stored + kept.refused.length, day.lines.length, `${stage.online()} of ${stage.seats.length} connected`);
    await play({
      lines: rest,
      stage,
      seatOf,
      numbers: numbersOf(done, log),
      speed,
      meter,
      now,
      onStored() {
        kept.lines_done = ++stored;
        away.back();
        if (now() > savedAt + SAVE_INTERVAL_MS) {
          save();
          savedAt = now();
        }
        show();
      },
      onRefused(line, reason) {
        kept.refused.push(line.line);
        save();
        say(`Line ${line.line} was refused: ${reason}`);
      },
      onWaiting() {
        away.look();
        show();
      },
    });
    save();
    const playedMs = now() - startAt;
    const lines = sent(day, kept);
    await gather(stage, lines.length, now, (whole) => {
      if (whole < stage.seats.length) away.look();
      progress.at('Delivered to', whole, stage.seats.length);
    });
    away.back();
    const differing = await check(stage, lines, senderOf, onWait, (checked) => progress.at('Comparing', checked, stage.seats.length));

    const members = stage.seats.length;
    say(`
  messages    ${rest.length - (day.lines.length - lines.length)} sent in ${showMs(playedMs)} (${Math.round((rest.length / playedMs) * 1_000)} a second), ${lines.length} in the log
  members     ${members}; ${stage.losses()} connections lost and made again
  ack         ${showSpread(meter.acks())}
  delivery    ${showSpread(meter.deliveries())}
  timelines   ${members - differing.length} of ${members} equal to the log and to the file
  errors      ${kept.refused.length} lines refused
  to look     sign in as ${state.accounts[owner!.name]!.username}, password ${state.password}
`);
    kept.finished = differing.length === 0;
    save();
    return differing.length === 0 ? kept.refused.length === 0 : fail(run, differing);
  } finally {
    await stage.close();
  }
}

/** The lines that are in the log or shall be. */
function sent(day: Day, { refused }: DayState): Line[] {
  const left = new Set(refused);
  return day.lines.filter(({ line }) => !left.has(line));
}

async function signUp({ state, save, progress }: Run, names: readonly string[], onWait: OnWait): Promise<Casting[]> {
  const missing = names.filter((name) => state.accounts[name] === undefined);
  let done = 0;
  await eachOf(missing, SIGN_UPS_AT_ONCE, async (name) => {
    const username = usernameOf(name, state.run);
    const account = await patiently(() => enter(state.url, { username, name, password: state.password }), onWait);
    state.accounts[name] = { username, ...account };
    save();
    progress.at('Signing up', ++done, missing.length);
  });
  return names.map((name) => ({ name, ...state.accounts[name]! }));
}

function fail({ progress }: Run, differing: readonly Difference[]): false {
  for (const { name, differences } of differing) for (const difference of differences) progress.say(`  DIFFERS  ${name}: ${difference}`);
  return false;
}

/** Tells when everybody has lost the connection, and when it goes on. */
function watchAway({ progress: { say }, now }: Run, stage: Stage) {
  let since: number | null = null;
  return {
    look(): void {
      if (since !== null || stage.online() > 0) return;
      since = now();
      say('The server is away; waiting for it to come back');
    },
    back(): void {
      if (since === null) return;
      say(
        `The server is back after ${showMs(now() - since)}; going on with ${stage.online()} of ${stage.seats.length} members connected so far`,
      );
      since = null;
    },
  };
}

/** Many wait for the same; once is enough. */
function tellWaits({ progress, now }: Run): OnWait {
  let toldAt = -Infinity;
  return (error: NatterError, seconds: number) => {
    if (now() < toldAt + TOLD_AGAIN_AFTER_MS) return;
    toldAt = now();
    const advice = error.code === 'rate_limited' ? ' Rate limits are a hundred times higher with LIMITS=relaxed npm start.' : '';
    progress.say(`Waiting, ${Math.ceil(seconds)} s at a time: ${error.detail.replace(/\.$/, '')}.${advice}`);
  };
}
