/**
 * A log that was restored to an earlier state begins anew: another epoch, every member's row replaced, the archive
 * written again. It comes from an operator, or from an inbox that knows of more than the log holds.
 */
import type { Assembly } from '../assembly.ts';
import { CLOSE } from '../../../protocol/errors.ts';

/** Told to every client, which comes back and finds another epoch. Below 123 bytes, as a close frame must be. */
export const RESTART_REASON = JSON.stringify({ retry_after: 30 });

/** @param was who may have been a member in what is no more: they are told the end */
export function startOver({ store, writer, progress, connections, outbox }: Assembly, epoch: string, was: readonly string[]): void {
  store.transaction(() => {
    writer.takeEpoch(epoch);
    progress.startOver(writer.head, [...writer.members.keys(), ...was]);
  });
  connections.closeWhere(() => true, CLOSE.restart, RESTART_REASON);
  outbox.moved();
  outbox.hurry();
}
