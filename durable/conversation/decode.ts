/**
 * Text from a conversation's socket → frames, or the one error that answers it. A single log frame with
 * a usable `global_id` is answered by `nack`, so that its sender knows which one it was.
 */
import { clientFrame, type ClientFrame } from '../../protocol/client-frames.ts';
import type { Refusal } from '../../protocol/errors.ts';
import { isUuid } from '../../protocol/ids.ts';
import { decodeFrames } from '../kit/frames.ts';

export type Decoded = { ok: true; frames: ClientFrame[] } | { ok: false; refusal: Refusal; global_id?: string };

const LOG_OPS: ReadonlySet<unknown> = new Set(['send', 'edit', 'delete', 'react']);

export function decode(text: string): Decoded {
  const decoded = decodeFrames(text, clientFrame);
  if (decoded.ok) return { ok: true, frames: decoded.value };
  const { refusal, said } = decoded;
  const { op, global_id } = (typeof said === 'object' && said !== null ? said : {}) as { op?: unknown; global_id?: unknown };
  return LOG_OPS.has(op) && isUuid(global_id) ? { ok: false, refusal, global_id } : { ok: false, refusal };
}
