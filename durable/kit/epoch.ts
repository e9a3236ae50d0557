/**
 * The epoch of a log: a version 7 UUID from outside the database that it describes, so that a restored log has
 * another one. The order of epochs is that of their time; those from before, which were chance, are older than any.
 */

export const isNewerEpoch = (one: string, other: string): boolean => rank(one) > rank(other);

export interface Extent {
  epoch: string;
  last_message_id: number;
}

/** Whether somebody has been told of more than a log holds: that is one of before. */
export const isAhead = (known: Extent | undefined, log: Extent): boolean =>
  known !== undefined &&
  (isNewerEpoch(known.epoch, log.epoch) || (!isNewerEpoch(log.epoch, known.epoch) && known.last_message_id > log.last_message_id));

const rank = (epoch: string): string => (epoch.charAt(14) === '7' ? epoch : '');
