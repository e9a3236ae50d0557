/** Latencies and how figures are written. Pure: instants are passed in. */

export interface Spread {
  count: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

/** The smallest value that so many of them do not exceed (nearest rank). */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const rank = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]!;
  return { count: sorted.length, p50: rank(0.5), p90: rank(0.9), p99: rank(0.99), max: rank(1) };
}

export const showSpread = (spread: Spread | null): string =>
  spread === null
    ? 'none'
    : `p50 ${showMs(spread.p50)}  p90 ${showMs(spread.p90)}  p99 ${showMs(spread.p99)}  max ${showMs(spread.max)}  (${spread.count})`;

export const showMs = (ms: number): string =>
  ms < 10 ? `${ms.toFixed(1)} ms` : ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;

/** From sending to the answer, and from sending to each other member's storage. */
export function createMeter() {
  const sentAt = new Map<string, number>();
  const acks: number[] = [];
  const deliveries: number[] = [];
  const since = (globalId: string, now: number, into: number[]) => {
    const start = sentAt.get(globalId);
    if (start !== undefined) into.push(now - start);
  };
  return {
    sent: (globalId: string, now: number) => void sentAt.set(globalId, now),
    acked: (globalId: string, now: number) => since(globalId, now, acks),
    /** What this run did not send is not measured. */
    delivered: (globalId: string, now: number) => since(globalId, now, deliveries),
    acks: () => spreadOf(acks),
    deliveries: () => spreadOf(deliveries),
  };
}

export type Meter = ReturnType<typeof createMeter>;
