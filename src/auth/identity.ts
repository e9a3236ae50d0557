/** The rules for names and pictures, wherever they come from: the same as for `PATCH /v1/me`. */
import { patchProfileBody } from '../../protocol/accounts.ts';

export const nameProblem = (name: unknown): string | undefined => problemOf('name', name);

/** `null` takes a picture away. */
export const pictureProblem = (picture: unknown): string | undefined => problemOf('avatar_url', picture);

function problemOf(field: 'name' | 'avatar_url', value: unknown): string | undefined {
  if (value === undefined) return `${field}: missing`;
  const result = patchProfileBody.safeParse({ [field]: value });
  return result.success ? undefined : `${field === 'name' ? 'name' : 'image'}: ${result.error.issues[0]?.message ?? 'invalid'}`;
}
