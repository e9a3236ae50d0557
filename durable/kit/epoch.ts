/**
 * The epoch of a log: a version 7 UUID from outside the database that it describes, so that a restored log has
 * another one. The order of epochs is that of their time; those from before, which were chance, are older than any.
 */

export const isNewerEpoch = (one: string, other: string): boolean => rank(one) > rank(other);

const rank = (epoch: string): string => (epoch.charAt(14) === '7' ? epoch : '');
