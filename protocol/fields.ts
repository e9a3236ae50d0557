/** Fields that several bodies share. */
import * as z from 'zod/mini';
import { AVATAR_URL_CHARACTERS_MAX } from './limits.ts';
import { isWellFormed } from './text.ts';

/** A name or title: one to `max` characters without the blanks around it. */
export const nameOf = (max: number) =>
  z.string().check(z.trim(), z.minLength(1, 'must not be empty'), z.maxLength(max), z.refine(isWellFormed, 'must be well-formed Unicode'));

export const avatarUrl = z.url({ protocol: /^https$/, hostname: z.regexes.domain }).check(z.maxLength(AVATAR_URL_CHARACTERS_MAX));
