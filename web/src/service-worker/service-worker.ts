/** Entry of the service worker, built to `/service-worker.js` in one piece. */
import type { WorkerScope } from './scope.ts';
import { startWorker } from './worker.ts';

// The page's types are in force here, and they know no service worker's global scope.
startWorker(globalThis as unknown as WorkerScope, () => Date.now());
