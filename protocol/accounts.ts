/** HTTP bodies about people: profiles, contacts, tickets. Signing up and in is better-auth's own surface. */
import * as z from 'zod/mini';
import { avatarUrl, nameOf } from './fields.ts';
import { NAME_CHARACTERS_MAX, PAGE_DEFAULT, PAGE_MAX, USERS_PER_LOOKUP_MAX } from './limits.ts';
import { uuid } from './message.ts';

export const publicProfile = z.object({
  user_id: z.string(),
  username: z.nullable(z.string()),
  name: z.string(),
  avatar_url: z.nullable(z.string()),
});
export type PublicProfile = z.infer<typeof publicProfile>;

export const privacy = z.object({
  /** Off: nobody sees what you have read, and you see nobody's. */
  read_receipts: z.boolean(),
  last_seen: z.enum(['everyone', 'contacts', 'nobody']),
  /** Who may open a direct conversation with me; where unknown people have to ask first, `everyone` may ask. */
  messages: z.enum(['everyone', 'contacts']),
  /** Who may put me into a group; others invite me, and with `nobody` not even that. */
  groups: z.enum(['everyone', 'contacts', 'nobody']),
  /** Who finds me by the beginning of my name; my exact user name finds me always. */
  search: z.enum(['everyone', 'contacts', 'nobody']),
});
export type Privacy = z.infer<typeof privacy>;

export const ownProfile = z.extend(publicProfile, { email: z.nullable(z.string()), privacy, created_at: z.int() });
export type OwnProfile = z.infer<typeof ownProfile>;

const name = nameOf(NAME_CHARACTERS_MAX);

export const patchProfileBody = z.object({
  name: z.optional(name),
  avatar_url: z.optional(z.nullable(avatarUrl)),
  privacy: z.optional(z.partial(privacy)),
});
export type PatchProfileBody = z.infer<typeof patchProfileBody>;

const limit = z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(PAGE_MAX)), PAGE_DEFAULT);
const cursor = z.optional(z.string().check(z.maxLength(200)));
const ids = z.pipe(
  z.string(),
  z.transform((list) => list.split(',')),
);

/** Exactly one of `username` (exact), `prefix` (of username or name) or `ids` (comma-separated). */
export const usersQuery = z
  .object({
    username: z.optional(z.string().check(z.minLength(1), z.maxLength(NAME_CHARACTERS_MAX))),
    prefix: z.optional(z.string().check(z.minLength(1), z.maxLength(NAME_CHARACTERS_MAX))),
    ids: z.optional(z.pipe(ids, z.array(uuid).check(z.maxLength(USERS_PER_LOOKUP_MAX)))),
    cursor,
    limit,
  })
  .check(
    z.refine(
      (query) => [query.username, query.prefix, query.ids].filter((value) => value !== undefined).length === 1,
      'name one of username, prefix and ids',
    ),
  );
export const userList = z.object({ users: z.array(publicProfile), cursor: z.nullable(z.string()) });
export type UserList = z.infer<typeof userList>;

export const pageQuery = z.object({ cursor, limit });
export const contactList = z.object({ contacts: z.array(publicProfile), cursor: z.nullable(z.string()) });
export type ContactList = z.infer<typeof contactList>;
export const blockList = z.object({ blocks: z.array(publicProfile), cursor: z.nullable(z.string()) });
export type BlockList = z.infer<typeof blockList>;

/** `expires_in` in seconds. */
export const ticket = z.object({ ticket: z.string(), expires_in: z.int() });
export type Ticket = z.infer<typeof ticket>;
