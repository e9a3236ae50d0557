/**
 * A beat that hidden tabs keep: `environment: { heartbeat: workerHeartbeat(() => new HeartbeatWorker()) }`,
 * where `HeartbeatWorker` is `@natter/client/heartbeat-worker` as the bundler wraps it (Vite: `?worker`).
 * One worker serves all connections and ends with the last.
 */

/** What we use of a `Worker`. */
export interface WorkerLike {
  addEventListener(type: 'message', listener: () => void): void;
  terminate(): void;
}

export function workerHeartbeat(start: () => WorkerLike): (tick: () => void) => () => void {
  const ticks = new Set<() => void>();
  let worker: WorkerLike | undefined;
  return (tick) => {
    ticks.add(tick);
    if (!worker) {
      try {
        worker = start();
        worker.addEventListener('message', () => {
          for (const each of ticks) each();
        });
      } catch {
        // Workers are forbidden here: the timers of the page have to do.
      }
    }
    return () => {
      ticks.delete(tick);
      if (ticks.size > 0) return;
      worker?.terminate();
      worker = undefined;
    };
  };
}
