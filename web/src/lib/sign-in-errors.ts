/** better-auth's answers in plain words, and the field each belongs to. */

export type SignInField = 'email' | 'username' | 'name' | 'password' | 'form';
export interface SignInError {
  field: SignInField;
  text: string;
}
/** What a refused request said: better-auth's body, or one of our problems. */
export interface Refused {
  status: number;
  code?: string | undefined;
  message?: string | undefined;
  /** Seconds until another try is heard. */
  retryAfter?: number | undefined;
}

const KNOWN: Record<string, SignInError> = {
  INVALID_EMAIL_OR_PASSWORD: { field: 'form', text: 'That e-mail address and password do not belong together.' },
  INVALID_USERNAME_OR_PASSWORD: { field: 'form', text: 'That user name and password do not belong together.' },
  USER_ALREADY_EXISTS: { field: 'email', text: 'There is an account with this e-mail address already. Sign in instead?' },
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: { field: 'email', text: 'There is an account with this e-mail address already. Sign in instead?' },
  INVALID_EMAIL: { field: 'email', text: 'This does not look like an e-mail address.' },
  PASSWORD_TOO_SHORT: { field: 'password', text: 'Use at least 8 characters.' },
  PASSWORD_TOO_LONG: { field: 'password', text: 'Use at most 128 characters.' },
  USERNAME_IS_ALREADY_TAKEN: { field: 'username', text: 'Somebody has this user name already. Try another one.' },
  USERNAME_TOO_SHORT: { field: 'username', text: 'Use at least 3 characters.' },
  USERNAME_TOO_LONG: { field: 'username', text: 'Use at most 30 characters.' },
  INVALID_USERNAME: { field: 'username', text: 'Use letters, digits, dots and underscores.' },
};

export function signInError(refused: Refused): SignInError {
  const known = refused.code === undefined ? undefined : KNOWN[refused.code];
  if (known) return known;
  if (refused.status === 429) return { field: 'form', text: `Too many tries. ${waitLine(refused.retryAfter)}` };
  if (refused.status === 0) return { field: 'form', text: 'The server cannot be reached. Check your connection and try again.' };
  if (refused.status >= 500) return { field: 'form', text: 'Something went wrong on our side. Try again in a moment.' };
  return { field: 'form', text: refused.message || 'That did not work. Check what you typed and try again.' };
}

/** Rounded up: who comes back then is heard. */
function waitLine(seconds = 60): string {
  if (seconds <= 60) return 'Wait a minute, then try again.';
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `Try again in ${minutes} minutes.`;
  const hours = Math.ceil(minutes / 60);
  return hours === 1 ? 'Try again in an hour.' : `Try again in ${hours} hours.`;
}
