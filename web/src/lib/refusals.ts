/** Why something was not done, in plain words. */
import type { Refusal } from '../../../protocol/errors.ts';

/** @param online `false` only where the browser is sure of it */
export const unreachedLine = (online: boolean | undefined): string =>
  online === false ? 'You are offline. Try that again when you are back.' : 'The server did not answer. Try that again in a moment.';

/** For what has been shown and taken back. */
export const undoneLine = ({ code, detail }: Refusal): string => (code === 'unavailable' ? detail : `That was not taken: ${detail}`);

/** Under a message that was refused. A full conversation is `too_large` as a long message is: its reason tells them apart. */
export function notSentLine({ code, detail, reason }: Refusal): string {
  if (reason === 'request_pending') return detail;
  if (code === 'forbidden') return 'You may not write here.';
  if (code !== 'too_large') return detail;
  return reason === 'quota' ? 'This conversation is full.' : 'It is too long.';
}
