/** Entry of the Web Worker that beats: browsers slow timers in hidden tabs to once a minute, but not here. */
import { HEARTBEAT_INTERVAL_MS } from '../../protocol/limits.ts';

setInterval(() => postMessage(null), HEARTBEAT_INTERVAL_MS);
