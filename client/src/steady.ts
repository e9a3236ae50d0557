/** A clock that never goes back: when the device's does, this one stands still for a moment, so that no wait becomes endless. */
export function steady(now: () => number): () => number {
  let latest = -Infinity;
  let ahead = 0;
  return () => {
    const read = now() + ahead;
    if (read < latest) ahead += latest - read;
    return (latest = Math.max(latest, read));
  };
}
