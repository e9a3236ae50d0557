/**
 * Every size, count and duration that is part of the contract, in one place.
 * Sizes in bytes of UTF-8, durations in milliseconds, unless the name says otherwise.
 */

/** Members of a group and those who are invited, together; one more is `conflict`. */
export const GROUP_MEMBERS_MAX = 100;
export const TITLE_CHARACTERS_MAX = 200;
export const AVATAR_URL_CHARACTERS_MAX = 2_000;
export const NAME_CHARACTERS_MAX = 100;

export const CONTENT_BYTES_MAX = 16 * 1024;
/** A larger frame is refused with `too_large`; the socket stays. */
export const FRAME_BYTES_MAX = 128 * 1024;
/** A frame above this closes the socket with 4413. */
export const FRAME_BYTES_FATAL = 1024 * 1024;
export const FRAMES_PER_ARRAY_MAX = 100;
export const MENTIONS_MAX = 50;
export const ATTACHMENTS_MAX = 10;
export const EMOJIS_PER_MESSAGE_MAX = 50;
export const EMOJI_BYTES_MAX = 64;

/** A message's edits: beyond the first `rate_limited`, beyond the second `conflict`. */
export const EDITS_PER_HOUR_MAX = 100;
export const EDITS_PER_MESSAGE_MAX = 1_000;

/** A token bucket per user in a conversation, all devices and HTTP together: so many log frames a second sustained, so many at once. */
export const SEND_RATE_PER_SECOND = 10;
export const SEND_BURST = 30;
/** More frames of one socket than this in ten seconds that were refused, or came above a rate, close it with 4429 … */
export const REFUSED_FRAMES_MAX = 1_000;
/** … except what follows a frame that was told to wait, of which so many are borne of one user's sockets together. */
export const HELD_FRAMES_MAX = 10_000;
export const FLOOD_WINDOW_MS = 10_000;
/** Frames that could not be understood: more than this at once closes the socket with 4429. */
export const ERROR_RATE_PER_SECOND = 1;
export const ERROR_BURST = 20;
/** Receipts and typing frames, which are cheap: beyond this they are dropped. */
export const SIGNAL_RATE_PER_SECOND = 20;
export const SIGNAL_BURST = 60;

export const HELLO_ENTRIES_MAX = 200;
export const HELLO_BYTES_MAX = 256 * 1024;
export const SYNC_ENTRIES_MAX = 500;
export const SYNC_BYTES_MAX = 1024 * 1024;
export const PAGE_DEFAULT = 50;
export const PAGE_MAX = 200;
/** A page of the inbox, by socket or by HTTP. */
export const INBOX_PAGE_BYTES_MAX = 256 * 1024;
/** A removal is told to a device that comes back within this time; one that was away for longer starts over. */
export const TOMBSTONE_LIFETIME_MS = 90 * 86_400_000;

/** A repeat is looked for in the entries after `after_message_id`; more than this many is `stale`. */
export const DUPLICATE_RANGE_MAX = 10_000;
/** Where a repeat is looked for when the frame names no `after_message_id`. */
export const DUPLICATE_RANGE_DEFAULT = 1_000;

/** Members that a row of the inbox names. */
export const MEMBERS_IN_ROW_MAX = 8;
/** Users whose presence one device shows. */
export const WATCHED_USERS_MAX = 200;
/** `watch` frames of a user, all devices together: beyond this the last one of a device waits for its turn. */
export const WATCH_RATE_PER_SECOND = 1;
export const WATCH_BURST = 10;
/** What a conversation's database may hold, unless `CONVERSATION_BYTES_MAX` says otherwise: beyond it only deleting and managing go on. */
export const CONVERSATION_BYTES_MAX = 8_000_000_000;
/** A frame with live entries is divided above this; a single larger entry goes alone. */
export const BROADCAST_BYTES_MAX = 256 * 1024;
/** Sent to a socket since its last sign of life (`ping` or frame) … */
export const UNHEARD_BYTES_MAX = 1024 * 1024;
/** … which was longer ago than this: the socket is closed with 1013. */
export const UNHEARD_MS_MAX = 30_000;
/** Without `ping` and frame for this long a conversation socket is closed with 4408, when the conversation is awake anyway. */
export const SILENCE_MS_MAX = 90_000;
/** Log entries looked at for one page of history: behind many changes it is shorter, or empty, and says where to go on. */
export const HISTORY_SCAN_MAX = 5_000;

/** Log entries that come along with a moved conversation on the inbox socket; more are fetched by sync. */
export const INBOX_MESSAGES_MAX = 20;

export const DEVICES_PER_USER_MAX = 20;
/** New devices of one user: so many at once, as many an hour sustained. */
export const NEW_DEVICES_PER_HOUR = 60;
/** Where sessions are an embedding application's, a push address ends when its device was not used for so long. */
export const PUSH_UNUSED_MS = 60 * 24 * 3_600_000;
export const DEVICE_NAME_CHARACTERS_MAX = 100;
export const PUSH_URL_CHARACTERS_MAX = 2_000;
export const PUSH_TOKEN_CHARACTERS_MAX = 4_096;
export const SOCKETS_PER_DEVICE_MAX = 5;
export const USERS_PER_LOOKUP_MAX = 100;

/** How long a session lasts after it was last prolonged, which happens once a day at most. */
export const SESSION_LIFETIME_MS = 30 * 24 * 3_600_000;
/** One more signs out the longest unused. */
export const SESSIONS_PER_USER_MAX = 200;
/** Socket upgrades of one user: so many at once and in a minute. */
export const UPGRADES_PER_MINUTE = 120;
/** Socket upgrades from one address (IPv6: one /64) whose credential is no good. */
export const FAILED_UPGRADES_PER_MINUTE = 60;

export const TICKET_LIFETIME_MS = 30_000;
export const TYPING_LEASE_MS = 10_000;
/** A client sends `ping` this often … */
export const HEARTBEAT_INTERVAL_MS = 5_000;
/** … and is gone for the server after this long without one. */
export const LEASE_MS = 30_000;
/** A watch of somebody's presence lapses after this long unless it is renewed. */
export const WATCH_LEASE_MS = 600_000;

/** Until a message request is accepted its opener may send so many messages of so many bytes. */
export const REQUEST_MESSAGES_MAX = 3;
export const REQUEST_BYTES_MAX = 1_000;
/** After a deleted request, or a declined invitation, the same one is not shown again for so long. */
export const ASK_AGAIN_AFTER_MS = 30 * 86_400_000;
/** Requests and invitations are counted up to here. */
export const REQUESTS_COUNTED_MAX = 1_000;
export const INVITATION_LIFETIME_MS = 14 * 86_400_000;
export const INVITATIONS_PER_GROUP_MAX = 100;
/** Invitations that wait for one person; more are not shown to them. */
export const INVITATIONS_PER_USER_MAX = 50;
/** A user's own lists; one more is `conflict`. */
export const CONTACTS_MAX = 10_000;
export const BLOCKS_MAX = 10_000;
/** Whoever left a group comes back by their own act only; of more than this many the earliest are forgotten. */
export const LEFT_REMEMBERED_MAX = 200;

/** Quotas of one user: so many at once, and as many again evenly over a day. Beyond: `rate_limited`, `quota`. */
export const NEW_GROUPS_PER_DAY = 50;
/** People added to groups who are neither contacts nor partners of a direct conversation. */
export const STRANGERS_ADDED_PER_DAY = 200;
/** Direct conversations opened with such people. */
export const FIRST_MESSAGES_PER_DAY = 50;
/** New conversations that people unknown to a user bring them; more are refused for the user: `forbidden`, `not_accepting`. */
export const NEW_BY_STRANGERS_PER_DAY = 100;

/** `LIMITS=relaxed` multiplies every rate (never a size or a count) by this. */
export const RELAXED_FACTOR = 100;
