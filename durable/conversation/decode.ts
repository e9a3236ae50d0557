/**
 * Text from a socket → frames, or the one error that answers it. An array with a bad frame in
 * it is refused whole. A single log frame with a usable `global_id` is answered by `nack`, so
 * that its sender knows which one it was.
 */
import { clientFrame, type ClientFrame } from '../../protocol/client-frames.ts';
import { isUuid } from '../../protocol/ids.ts';
import { FRAME_BYTES_MAX, FRAMES_PER_ARRAY_MAX } from '../../protocol/limits.ts';
import { fitsBytes } from '../../protocol/text.ts';
import type { Refusal } from '../../protocol/errors.ts';

export type Decoded = { ok: true; frames: ClientFrame[] } | { ok: false; refusal: Refusal; global_id?: string };

const LOG_OPS: ReadonlySet<unknown> = new Set(['send', 'edit', 'delete', 'react']);

export function decode(text: string): Decoded {
  if (!fitsBytes(text, FRAME_BYTES_MAX)) return refuse('too_large', `a frame has at most ${FRAME_BYTES_MAX} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('bad_request', 'not JSON');
  }
  if (!Array.isArray(value)) return single(value);
  if (value.length === 0) return refuse('bad_request', 'an empty array');
  if (value.length > FRAMES_PER_ARRAY_MAX) return refuse('too_large', `an array has at most ${FRAMES_PER_ARRAY_MAX} frames`);
  const frames: ClientFrame[] = [];
  for (const [index, item] of value.entries()) {
    const decoded = single(item);
    if (!decoded.ok) return { ...decoded, refusal: { ...decoded.refusal, detail: `frame ${index}: ${decoded.refusal.detail}` } };
    frames.push(...decoded.frames);
  }
  return { ok: true, frames };
}

function single(value: unknown): Decoded {
  const parsed = clientFrame.safeParse(value);
  if (parsed.success) return { ok: true, frames: [parsed.data] };
  const issue = parsed.error.issues[0]!;
  const code = 'params' in issue && issue.params?.['code'] === 'too_large' ? 'too_large' : 'bad_request';
  const path = issue.path.join('.');
  const refused = refuse(code, path === '' ? issue.message : `${path}: ${issue.message}`);
  const { op, global_id } = (typeof value === 'object' && value !== null ? value : {}) as { op?: unknown; global_id?: unknown };
  return LOG_OPS.has(op) && isUuid(global_id) ? { ...refused, global_id } : refused;
}

function refuse(code: Refusal['code'], detail: string): Decoded & { ok: false } {
  return { ok: false, refusal: { code, detail } };
}
