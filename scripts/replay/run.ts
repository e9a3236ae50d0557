/**
 * One day from accounts to verdict: signs people up, makes the group, seats everybody, plays what is not
 * in the log yet, compares, tells. Owns the order of these and what is remembered of them.
 */
import { createClient, memoryStorage } from '@natter/client';
import { uuidv7 } from '../../protocol/ids.ts';
import { phoneOf, registerAbsent, type Registered } from './absence.ts';
import { enter } from './accounts.ts';
import { castOf, usernameOf } from './cast.ts';
import { check, logOf, type Difference } from './check.ts';
import type { Day, Line } from './day.ts';
import { endAbsence, type Ended } from './ending.ts';
import { createMeter, showMs, showSpread } from './figures.ts';
import { eachOf, patiently, type OnWait } from './patience.ts';
import { gather, play } from './play.ts';
import type { Progress } from './progress.ts';
import type { PushDesk } from './push-desk.ts';
import { addresseeOf, type Said } from './reckoning.ts';
import { roleOf } from './roles.ts';
import type { DayState, RunState } from './run-state.ts';
import { createStage, openSeats, type Casting, type OnShown, type Seat } from './stage.ts';
import { logDifferences, numbersOf } from './verdict.ts';
import { tellWaits, watchAway } from './waits.ts';

/** A sign-up costs a server a tenth of a second of work. */
const SIGN_UPS_AT_ONCE = 4;
const SAVE_INTERVAL_MS = 500;

export interface Run {
  state: RunState;
  save(): void;
  progress: Progress;
  /** Milliseconds that only go forward. */
  now(): number;
  speed: number | null;
  /** Where the notifications of those come who are away; null: everybody has the conversation open. */
  desk: PushDesk | null;
}

/** Makes what is to be remembered of a day before anything is done for it. */
export const newDay = (day: Day, members: number): DayState => ({
  file: day.name,
  hash: day.hash,
  members,
  group_id: uuidv7(Date.now()),
  lines_done: 0,
  refused: [],
  finished: false,
});

/** True: every line is in, in order, and everybody has the same. */
export async function runDay(run: Run, day: Day, kept: DayState): Promise<boolean> {
  const { state, save, progress, now, speed, desk } = run;
  const { say } = progress;
  const onWait = tellWaits(run);
  const cast = castOf(day.lines, kept.members);
  say(
    `${day.name}: ${day.lines.length} lines by ${cast.speakers} people, ${cast.accounts.length} members (${day.skipped.system} system lines and ${day.skipped.empty} without text left out)`,
  );
  const castings = await castAll(run, cast.accounts, onWait);

  const meter = createMeter();
  const shownMeter = createMeter();
  const conversationId = await openGroup(state.url, day.name, kept.group_id, castings, onWait);
  const stage = createStage(state.url, conversationId, castings, {
    onDelivered: ({ global_id }) => meter.delivered(global_id, now()),
    onWait,
  });
  try {
    const seats = new Map(stage.seats.map((seat) => [seat.name, seat]));
    const seatOf = (nick: string) => seats.get(cast.accountOf(nick))!;
    const senderOf = (nick: string) => seatOf(nick).user_id;
    const mentionsOf = ({ from, content }: Line): string[] => {
      const addressee = seats.get(addresseeOf(content) ?? '');
      return addressee === undefined || addressee === seatOf(from) ? [] : [addressee.user_id];
    };
    const [owner] = stage.seats;
    const registered: Registered = desk === null ? { ok: true, absent: [] } : await registerAbsent(stage, desk, onWait);
    if (!registered.ok) return fail(run, [{ name: 'the server', differences: [registered.reason] }]);

    const log = await logOf(owner!.client, conversationId, onWait);
    const done = sent(day, kept).slice(0, log.length);
    const strays = logDifferences(done, log, senderOf);
    if (log.length < kept.lines_done) strays.unshift(`${kept.lines_done} lines were acknowledged and the log has ${log.length}`);
    if (strays.length > 0) return fail(run, [{ name: 'the log', differences: strays }]);
    if (log.length > 0) say(`Going on after ${log.length} lines`);

    const shown = showing((messageId) => shownMeter.delivered(String(messageId), now()));
    await openSeats(stage, stage.present, desk && shown, (online) => progress.at('Connecting', online, stage.present.length));

    const startAt = now();
    const rest = sent(day, kept).slice(log.length);
    const away = watchAway(run, stage);
    let savedAt = 0;
    let stored = log.length;
    const show = () =>
      progress.at('Playing', stored + kept.refused.length, day.lines.length, `${stage.online()} of ${stage.present.length} connected`);
    await play({
      lines: rest,
      stage,
      seatOf,
      mentionsOf,
      numbers: numbersOf(done, log),
      speed,
      meter,
      now,
      onSent: (messageId, at) => shownMeter.sent(String(messageId), at),
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
    const gathered = (them: readonly Seat[]): Promise<void> =>
      gather(stage, them, lines.length, now, (whole) => {
        if (whole < them.length) away.look();
        progress.at('Delivered to', whole, them.length);
      });
    await gathered(stage.seats.filter(({ role }) => role === 'open'));
    away.back();
    const compare = () => check(stage, lines, senderOf, onWait, (checked) => progress.at('Comparing', checked, stage.seats.length));
    const said = lines.map((line): Said => ({ sender_id: senderOf(line.from), mentions: mentionsOf(line) }));
    const nameOf = (userId: string) => stage.seats.find(({ user_id }) => user_id === userId)?.name ?? '';
    const wanted = { said, groupTitle: day.name, nameOf, startedAt: startAt, conversationId: stage.conversationId };
    const {
      timelines,
      others: besides,
      told,
    }: Ended = desk === null
      ? { timelines: await compare(), others: [], told: [] }
      : await endAbsence({ url: state.url, stage, absent: registered.absent, desk, wanted, progress, now, gathered, compare });
    const differing = [...timelines, ...besides];

    const members = stage.seats.length;
    say(`
  messages    ${rest.length - (day.lines.length - lines.length)} sent in ${showMs(playedMs)} (${Math.round((rest.length / playedMs) * 1_000)} a second), ${lines.length} in the log
  members     ${members}; ${stage.losses()} connections lost and made again
  ack         ${showSpread(meter.acks())}
  delivery    ${showSpread(meter.deliveries())}
  timelines   ${members - timelines.length} of ${members} equal to the log and to the file
${desk === null ? '' : `  inbox rows  ${showSpread(shownMeter.deliveries())}\n`}${told.map((line) => `  ${line}\n`).join('')}  errors      ${kept.refused.length} lines refused
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

async function castAll({ state, save, progress, desk }: Run, names: readonly string[], onWait: OnWait): Promise<Casting[]> {
  const missing = names.filter((name) => state.accounts[name] === undefined);
  let done = 0;
  await eachOf(missing, SIGN_UPS_AT_ONCE, async (name) => {
    const username = usernameOf(name, state.run);
    const account = await patiently(() => enter(state.url, { username, name, password: state.password }), onWait);
    state.accounts[name] = { username, ...account };
    save();
    progress.at('Signing up', ++done, missing.length);
  });
  return Promise.all(
    names.map(async (name, seat): Promise<Casting> => {
      const { user_id, token } = state.accounts[name]!;
      const role = desk === null ? 'open' : roleOf(seat);
      return { name, user_id, token, role, ...(role === 'away' && { deviceId: await phoneOf(user_id) }) };
    }),
  );
}

/** The same group again when it is there already. @returns the id of its conversation */
async function openGroup(url: string, title: string, groupId: string, castings: readonly Casting[], onWait: OnWait): Promise<string> {
  const [owner, ...others] = castings;
  const client = createClient({ url, auth: { kind: 'token', token: owner!.token }, storage: memoryStorage() });
  const members = others.map(({ user_id }) => user_id);
  try {
    return (await patiently(() => client.api.createGroup(title, members, groupId), onWait)).conversation_id;
  } finally {
    await client.close();
  }
}

function fail({ progress }: Run, differing: readonly Difference[]): false {
  for (const { name, differences } of differing) for (const difference of differences) progress.say(`  DIFFERS  ${name}: ${difference}`);
  return false;
}

/** Of those who have only their inbox: each number once, also when several come in one. */
function showing(tell: (messageId: number) => void): OnShown {
  const shownTo = new Map<Seat, number>();
  return (seat, messageId) => {
    if (seat.role !== 'inbox') return;
    const before = shownTo.get(seat) ?? 0;
    for (let number = before + 1; number <= messageId; number++) tell(number);
    shownTo.set(seat, Math.max(before, messageId));
  };
}
