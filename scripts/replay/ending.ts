/**
 * How a day ends of which most saw nothing: notifications, inboxes, the return of those who were away,
 * their timelines, and reading on one device of several. Owns the order of these.
 */
import { checkNotifications, type Absent } from './absence.ts';
import type { Difference } from './check.ts';
import type { Awaited } from './inbox-verdict.ts';
import type { Progress } from './progress.ts';
import type { PushDesk } from './push-desk.ts';
import { checkInboxes, comeBack, readAll, secondDevices } from './returning.ts';
import type { Seat, Stage } from './stage.ts';

export interface Ending {
  url: string;
  stage: Stage;
  absent: readonly Absent[];
  desk: PushDesk;
  wanted: Pick<Awaited, 'said' | 'groupTitle' | 'nameOf' | 'startedAt' | 'conversationId'>;
  progress: Progress;
  now(): number;
  /** Waits until those have the whole log. */
  gathered(seats: readonly Seat[]): Promise<void>;
  /** Every member's timeline with the log and the file. */
  compare(): Promise<Difference[]>;
}

export interface Ended {
  timelines: Difference[];
  others: Difference[];
  /** For the summary. */
  told: string[];
}

export async function endAbsence({ url, stage, absent, desk, wanted, progress, now, gathered, compare }: Ending): Promise<Ended> {
  const { said, conversationId } = wanted;
  const at = (what: string, total: number) => (done: number) => progress.at(what, done, total);
  const firsts = (seats: readonly Seat[]) => seats.map(({ name, user_id: userId, client }) => ({ name, userId, client }));
  const notifications = await checkNotifications(absent, desk, wanted, now, at('Notified', absent.length));
  const counts = absent.map(({ subscription }) => desk.received(subscription).length);

  await comeBack(stage, at('Coming back', absent.length));
  const seconds = secondDevices(url, stage);
  try {
    const devices = [...firsts(stage.seats), ...seconds.map((second) => ({ ...second, name: `${second.name}, second device` }))];
    const inboxes = await checkInboxes(devices, conversationId, said, now, at('Inboxes', devices.length));
    for (const seat of stage.seats) seat.handle().open();
    await gathered(stage.seats);
    const timelines = await compare();
    const read = readAll(stage, seconds, said.length);
    const readings = await checkInboxes(read, conversationId, said, now, at('Read elsewhere', read.length));
    return {
      timelines,
      others: [...notifications, ...inboxes, ...readings],
      told: [
        `inboxes     ${devices.length - inboxes.length} of ${devices.length} devices with the unread and mention counts of the file`,
        `pushes      ${counts.reduce((sum, count) => sum + count, 0)} to ${counts.filter((count) => count > 0).length} of ${absent.length} who were away, ${Math.min(...counts)} to ${Math.max(...counts)} each; ${notifications.length} differ`,
        `read        ${read.length - readings.length} of ${read.length} second devices show what the first has read`,
      ],
    };
  } finally {
    await Promise.all(seconds.map(({ client }) => client.close()));
  }
}
