/** Where the members of a replay are while it is played. Pure: by the number of the seat, so it is the same each time. */

/** `open`: has the conversation open; `inbox`: only its inbox; `away`: no socket at all, and a device that gets notifications. */
export type Role = 'open' | 'inbox' | 'away';

const IN_TURN = ['open', 'inbox', 'away', 'inbox'] as const satisfies Role[];

/** Of a hundred: 25 have it open, 50 have their inbox, 25 are away. The first, who makes the group, is there. */
export const roleOf = (seat: number): Role => IN_TURN[seat % IN_TURN.length]!;
