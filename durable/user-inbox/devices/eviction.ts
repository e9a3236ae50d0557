/**
 * Which devices make room for a new one, a pure decision: first those that nobody would miss (no live
 * socket, no push address), then those that only have an address, last those that are connected; within
 * each the longest unused first.
 */
export interface Candidate {
  device_id: string;
  last_used_at: number;
  /** It has a fresh inbox socket. */
  isHere: boolean;
  hasAddress: boolean;
}

/** @returns the ids to drop, so that `kept` at most remain */
export function evicted(devices: readonly Candidate[], kept: number): string[] {
  const inOrder = devices.toSorted((one, other) => worthOf(one) - worthOf(other) || one.last_used_at - other.last_used_at);
  return inOrder.slice(0, Math.max(0, devices.length - kept)).map(({ device_id }) => device_id);
}

const worthOf = ({ isHere, hasAddress }: Candidate): number => (isHere ? 2 : hasAddress ? 1 : 0);
