/**
 * Which conversations have a socket: the last three opened. The one opened longest ago sleeps, rather one that has
 * nothing to send; one that has is woken again as soon as another is done. Pure: whoever asks carries it out.
 */
export const AWAKE_MAX = 3;

export interface RosterHost {
  wake(id: string): void;
  sleep(id: string): void;
  /** Something waits to be sent. */
  isBusy(id: string): boolean;
}

export function createRoster({ wake, sleep, isBusy }: RosterHost) {
  /** Opened last first. */
  let awake: string[] = [];
  let asleep: string[] = [];

  const without = (ids: readonly string[], id: string): string[] => ids.filter((each) => each !== id);

  function putToSleep(id: string): void {
    awake = without(awake, id);
    asleep = [...without(asleep, id), id];
    sleep(id);
  }

  /** The one to give up its socket; never the one opened last. */
  const idle = (): string | undefined => awake.slice(1).findLast((id) => !isBusy(id));

  return {
    isAsleep: (id: string): boolean => asleep.includes(id),
    sleepers: (): readonly string[] => asleep,

    opened(id: string): void {
      awake = [id, ...without(awake, id)];
      asleep = without(asleep, id);
      if (awake.length > AWAKE_MAX) putToSleep(idle() ?? awake.at(-1)!);
      wake(id);
    },

    /** Closed, or ended by the server. */
    closed(id: string): void {
      awake = without(awake, id);
      asleep = without(asleep, id);
    },

    /** Something may have been sent. */
    settled(): void {
      for (const id of asleep.filter(isBusy)) {
        const victim = awake.length < AWAKE_MAX ? undefined : idle();
        if (awake.length >= AWAKE_MAX && victim === undefined) return;
        if (victim !== undefined) putToSleep(victim);
        asleep = without(asleep, id);
        awake = [...awake, id];
        wake(id);
      }
    },
  };
}
