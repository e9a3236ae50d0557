/** The one error the client rejects with: the server's refusal, or that no answer came (`unavailable`). */
import type { ErrorCode, Refusal } from '../../protocol/errors.ts';

export class NatterError extends Error {
  override readonly name = 'NatterError';
  readonly code: ErrorCode;
  readonly detail: string;
  /** Seconds after which the same may be asked again, when the server named a time. */
  readonly retryAfter: number | undefined;

  constructor(refusal: Refusal) {
    super(`${refusal.code}: ${refusal.detail}`);
    this.code = refusal.code;
    this.detail = refusal.detail;
    this.retryAfter = refusal.retry_after;
  }
}

/** Whatever was thrown, as a refusal: anything but a `NatterError` means that no answer came. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof NatterError)) return { code: 'unavailable', detail: error instanceof Error ? error.message : String(error) };
  const { code, detail, retryAfter } = error;
  return retryAfter === undefined ? { code, detail } : { code, detail, retry_after: retryAfter };
}
