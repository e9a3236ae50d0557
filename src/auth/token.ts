/**
 * A session's token names its user, so that one call to that user's object says whether it is good:
 * 22 characters base64url of the user's id, then 32 random ones (192 bits). It counts only signed.
 */
const USER_CHARACTERS = 22;
const RANDOM_BYTES = 24;
const TOKEN = /^[\w-]{54}$/;

export function newToken(userId: string): string {
  const random = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
  return packUser(userId) + Buffer.from(random).toString('base64url');
}

/** Undefined: a token of before, which names nobody. */
export const userOfToken = (token: string): string | undefined =>
  TOKEN.test(token) ? unpackUser(token.slice(0, USER_CHARACTERS)) : undefined;

const packUser = (userId: string): string => Buffer.from(userId.replaceAll('-', ''), 'hex').toString('base64url');

function unpackUser(packed: string): string {
  const hex = Buffer.from(packed, 'base64url').toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
