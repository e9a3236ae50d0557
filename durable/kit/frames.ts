/** Text from a socket → frames of a schema, or the one refusal that answers it. An array with a bad frame in it is refused whole. */
import type * as z from 'zod/mini';
import type { Refusal } from '../../protocol/errors.ts';
import { FRAME_BYTES_MAX, FRAMES_PER_ARRAY_MAX } from '../../protocol/limits.ts';
import { fitsBytes } from '../../protocol/text.ts';

/** `said`: the frame that was no frame, where it could be told apart. */
export type Decoded<Frame> = { ok: true; value: Frame[] } | { ok: false; refusal: Refusal; said?: unknown };

export function decodeFrames<Frame>(text: string, schema: z.ZodMiniType<Frame>): Decoded<Frame> {
  if (!fitsBytes(text, FRAME_BYTES_MAX)) return refuse('too_large', `a frame has at most ${FRAME_BYTES_MAX} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('bad_request', 'not JSON');
  }
  if (!Array.isArray(value)) return single(value, schema);
  if (value.length === 0) return refuse('bad_request', 'an empty array');
  if (value.length > FRAMES_PER_ARRAY_MAX) return refuse('too_large', `an array has at most ${FRAMES_PER_ARRAY_MAX} frames`);
  const frames: Frame[] = [];
  for (const [index, item] of value.entries()) {
    const decoded = single(item, schema);
    if (!decoded.ok) return { ...decoded, refusal: { ...decoded.refusal, detail: `frame ${index}: ${decoded.refusal.detail}` } };
    frames.push(...decoded.value);
  }
  return { ok: true, value: frames };
}

function single<Frame>(said: unknown, schema: z.ZodMiniType<Frame>): Decoded<Frame> {
  const parsed = schema.safeParse(said);
  if (parsed.success) return { ok: true, value: [parsed.data] };
  const issue = parsed.error.issues[0]!;
  const code = 'params' in issue && issue.params?.['code'] === 'too_large' ? 'too_large' : 'bad_request';
  const path = issue.path.join('.');
  return { ...refuse(code, path === '' ? issue.message : `${path}: ${issue.message}`), said };
}

const refuse = (code: Refusal['code'], detail: string): { ok: false; refusal: Refusal } => ({ ok: false, refusal: { code, detail } });
