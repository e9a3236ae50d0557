/**
 * Sends a day's lines, each when the one before is acknowledged, so that the log has the file's order.
 * A connection that is lost is the client's business; this only waits, and gives up on a server that is
 * there and does not answer. Owns the pace.
 */
import { NatterError } from '@natter/client';
import type { Line } from './day.ts';
import type { Meter } from './figures.ts';
import { pause } from './patience.ts';
import type { Seat, Stage } from './stage.ts';

/** Connected members, an unanswered line, and nothing happens: something is broken. */
const SILENCE_MAX_MS = 60_000;
const TICK_MS = 1_000;

export interface Play {
  lines: readonly Line[];
  stage: Stage;
  seatOf(nick: string): Seat;
  /** The ids of those whom a line mentions. */
  mentionsOf(line: Line): string[];
  /** Numbers in the log by line; those of this play are added. */
  numbers: Map<number, number>;
  speed: number | null;
  meter: Meter;
  now(): number;
  /** The number that it will have. */
  onSent(messageId: number, at: number): void;
  onStored(line: Line): void;
  /** The server does not want it; the line is left out. */
  onRefused(line: Line, reason: string): void;
  /** Told every second while an answer is waited for. */
  onWaiting(): void;
}

export async function play({
  lines,
  stage,
  seatOf,
  mentionsOf,
  numbers,
  speed,
  meter,
  now,
  onSent,
  onStored,
  onRefused,
  onWaiting,
}: Play): Promise<void> {
  const startAt = now();
  const firstMs = lines[0]?.atMs ?? 0;
  for (const line of lines) {
    if (speed !== null) await pause(Math.max(0, startAt + (line.atMs - firstMs) / speed - now()));
    const mentions = mentionsOf(line);
    const replyTo = line.replyTo === null ? undefined : numbers.get(line.replyTo);
    const sentAt = now();
    const { globalId, stored, discard } = seatOf(line.from).send({
      content: line.content,
      ...(replyTo !== undefined && { reply_to: replyTo }),
      ...(mentions.length > 0 && { mentions }),
    });
    meter.sent(globalId, sentAt);
    onSent(numbers.size + 1, sentAt);
    try {
      const { message_id } = await answered(stored, stage, now, onWaiting);
      meter.acked(globalId, now());
      numbers.set(line.line, message_id);
      onStored(line);
    } catch (error) {
      if (!(error instanceof NatterError)) throw error;
      await discard();
      onRefused(line, error.message);
    }
  }
}

/** Everybody of `seats` has come in and has the log up to `last`, from its beginning. */
export async function gather(
  stage: Stage,
  seats: readonly Seat[],
  last: number,
  now: () => number,
  onProgress: (whole: number) => void,
): Promise<void> {
  let latest = { sum: -1, at: now() };
  for (;;) {
    const views = seats.map(({ handle }) => handle().timeline.get());
    const whole = views.filter(({ lastMessageId, catchingUp, pending }) => lastMessageId >= last && !catchingUp && pending === 0).length;
    onProgress(whole);
    if (whole === seats.length) break;
    const sum = views.reduce((total, { lastMessageId }) => total + lastMessageId, 0);
    if (sum !== latest.sum || stage.online() === 0) latest = { sum, at: now() };
    // What is missing is told by the comparison.
    if (stage.failure() !== null || now() > latest.at + SILENCE_MAX_MS) return;
    await pause(TICK_MS / 10);
  }
}

async function answered<T>(stored: Promise<T>, stage: Stage, now: () => number, onWaiting: () => void): Promise<T> {
  let silentSince = now();
  const silence = Promise.withResolvers<never>();
  const ticker = setInterval(() => {
    const failure = stage.failure();
    if (failure !== null) silence.reject(new Error(failure));
    if (stage.online() === 0) silentSince = now();
    if (now() > silentSince + SILENCE_MAX_MS)
      silence.reject(new Error(`no answer for ${SILENCE_MAX_MS / 1_000} s, although the server is there`));
    onWaiting();
  }, TICK_MS);
  try {
    return await Promise.race([stored, silence.promise]);
  } finally {
    clearInterval(ticker);
  }
}
