/** What the service worker tells the open app, and how the app reads it. */
import { isUuid } from '../../../protocol/ids.ts';

export type WorkerMessage =
  /** A notification was chosen. */
  | { type: 'open'; conversation_id: string }
  /** A push came in and was shown. */
  | { type: 'pushed' };

export function workerMessageOf(data: unknown): WorkerMessage | null {
  if (typeof data !== 'object' || data === null || !('type' in data)) return null;
  if (data.type === 'pushed') return { type: 'pushed' };
  if (data.type !== 'open' || !('conversation_id' in data) || !isUuid(data.conversation_id)) return null;
  return { type: 'open', conversation_id: data.conversation_id };
}
