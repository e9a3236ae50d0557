/** The one error the client rejects with: the server's refusal, or that no answer came (`unavailable`). */
import type { ErrorCode, Reason, Refusal } from '../../protocol/errors.ts';

export class NatterError extends Error {
  override readonly name = 'NatterError';
  readonly code: ErrorCode;
  readonly detail: string;
  /** Why, where the code alone does not say; ignore those you do not know. */
  readonly reason: Reason | undefined;
  /** Seconds after which the same may be asked again, when the server named a time. */
  readonly retryAfter: number | undefined;

  constructor(refusal: Refusal) {
    super(`${refusal.code}: ${refusal.detail}`);
    this.code = refusal.code;
    this.detail = refusal.detail;
    this.reason = refusal.reason;
    this.retryAfter = refusal.retry_after;
  }
}

/** Whatever was thrown, as a refusal: anything but a `NatterError` means that no answer came. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof NatterError)) return { code: 'unavailable', detail: error instanceof Error ? error.message : String(error) };
  const { code, detail, reason, retryAfter } = error;
  return { code, detail, ...(reason !== undefined && { reason }), ...(retryAfter !== undefined && { retry_after: retryAfter }) };
}
