/** Expected outcomes are values: what was asked for, or a refusal. Exceptions mean a bug or the platform. */
import type { Refusal } from './errors.ts';

export type Outcome<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export const accept = <T>(value: T): Outcome<T> => ({ ok: true, value });

export const refuse = (
  code: Refusal['code'],
  detail: string,
  more: Pick<Refusal, 'reason' | 'retry_after'> = {},
): { ok: false; refusal: Refusal } => ({ ok: false, refusal: { code, detail, ...more } });
