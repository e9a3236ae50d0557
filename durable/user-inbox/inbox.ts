/**
 * A user's row of a conversation: how what the conversation told is merged into it, what the user
 * does to it, and how it looks on the wire. Pure. Deliveries may come twice, late or out of order:
 * an older state never replaces a newer one, and read positions only rise.
 */
import type { ConversationRow, LastMessage } from '../../protocol/conversations.ts';
import type { Draft, DraftBody, SettingsBody } from '../../protocol/inbox.ts';
import { isNewerEpoch } from '../kit/epoch.ts';
import type { Delivery, Invitation } from './api.ts';
import type { InboxRecord } from './schema.ts';

const MENTIONS_KEPT = 1_000;

/** @returns the new row, or null when the delivery says nothing new */
export function merge(old: InboxRecord | undefined, delivery: Delivery, version: number): InboxRecord | null {
  if (old !== undefined && isNewerEpoch(old.epoch, delivery.epoch)) return null;
  if (old !== undefined && isNewerEpoch(delivery.epoch, old.epoch)) return replaced(old, delivery, version);
  const newer = old === undefined || delivery.last_message_id > old.last_message_id;
  const state = old !== undefined && isOlder(delivery, old) ? old : fromDelivery(delivery);
  // An invitation takes no number of the log.
  const appears = newer || (old.role === null && state.role !== null);
  const readFurther = old === undefined || delivery.read_message_id > old.read_message_id;
  const read = readFurther ? delivery : old;
  const mentioned = new Set([...(old === undefined ? [] : (JSON.parse(old.mentioned_in) as number[])), ...delivery.mentioned_in]);
  const row: InboxRecord = {
    ...(old ?? UNTOUCHED),
    ...stateOf(state),
    epoch: delivery.epoch,
    read_message_id: read.read_message_id,
    read_total: read.read_total,
    mentioned_in: JSON.stringify(
      [...mentioned]
        .filter((number) => number > read.read_message_id)
        .toSorted((a, b) => a - b)
        .slice(-MENTIONS_KEPT),
    ),
    marked_unread: readFurther ? 0 : old.marked_unread,
    draft: old === undefined || wasSent(old, delivery) ? null : old.draft,
    pushed_to: Math.max(old?.pushed_to ?? 0, old?.state === 'request' ? beforeAcceptance(delivery) : 0),
    activity: appears ? version : old.activity,
    version: old?.version ?? version,
  };
  if (old !== undefined && sameRow({ ...row, consent_at: old.consent_at, epoch: old.epoch }, old)) return null;
  return { ...row, version };
}

/** The log was restored: what the row says of it is that of the new one; what the user did to the row stays. */
const replaced = (old: InboxRecord, delivery: Delivery, version: number): InboxRecord => ({
  ...old,
  ...stateOf(fromDelivery(delivery)),
  epoch: delivery.epoch,
  read_message_id: delivery.read_message_id,
  read_total: delivery.read_total,
  mentioned_in: JSON.stringify(delivery.mentioned_in.filter((number) => number > delivery.read_message_id).slice(-MENTIONS_KEPT)),
  pushed_to: Math.min(old.pushed_to, delivery.last_message_id),
  version,
});

/** Not of one who has been asked, and has not answered. */
export const isMember = ({ role, state }: Pick<InboxRecord, 'role' | 'state'>): boolean =>
  role !== null && (state === 'active' || state === 'asking');

/** @returns the new row, or null when it was so already */
export function changeSettings(old: InboxRecord, settings: SettingsBody, version: number): InboxRecord | null {
  const row: InboxRecord = { ...old };
  if (settings.muted_until !== undefined) row.muted_until = settings.muted_until;
  if (settings.pinned !== undefined) row.pinned = Number(settings.pinned);
  if (settings.archived !== undefined) row.archived = Number(settings.archived);
  if (settings.marked_unread !== undefined) row.marked_unread = Number(settings.marked_unread);
  return sameRow(row, old) ? null : { ...row, version };
}

/** The last edit wins. @returns the new row, or null when a later edit, or this very one, is there */
export function changeDraft(old: InboxRecord, { content, edited_at }: DraftBody, version: number, now: number): InboxRecord | null {
  const draft_at = Math.min(edited_at, now);
  if (draft_at <= old.draft_at) return null;
  return { ...old, draft: content === '' ? null : content, draft_at, draft_received_at: now, version };
}

export const draftOf = ({ draft, draft_at }: InboxRecord): Draft => ({ content: draft ?? '', edited_at: draft_at });

export const unreadOf = ({ countable_total, read_total }: Pick<InboxRecord, 'countable_total' | 'read_total'>): number =>
  Math.max(0, countable_total - read_total);

export function toRow(record: InboxRecord): ConversationRow {
  const row: ConversationRow = {
    conversation_id: record.conversation_id,
    kind: record.kind,
    role: record.role ?? 'member',
    title: record.title,
    avatar_url: record.avatar_url,
    members: JSON.parse(record.members) as string[],
    last_message_id: record.last_message_id,
    read_message_id: record.read_message_id,
    unread_count: unreadOf(record),
    mention_count: (JSON.parse(record.mentioned_in) as number[]).length,
    marked_unread: record.marked_unread === 1,
    muted_until: record.muted_until,
    pinned: record.pinned === 1,
    archived: record.archived === 1,
    updated_at: record.updated_at,
  };
  if (record.last_message !== null) row.last_message = JSON.parse(record.last_message) as LastMessage;
  if (record.draft !== null) row.draft = record.draft;
  if (record.state === 'request' || record.state === 'invited') row.state = record.state;
  if (record.invitation === null) return row;
  // How far the log is concerns its members only.
  return { ...row, last_message_id: 0, ...(JSON.parse(record.invitation) as Invitation) };
}

/** What a conversation tells of itself. */
type State = Pick<
  InboxRecord,
  | 'conversation_id'
  | 'kind'
  | 'role'
  | 'title'
  | 'avatar_url'
  | 'members'
  | 'last_message_id'
  | 'last_message'
  | 'countable_total'
  | 'updated_at'
  | 'state'
  | 'consent_at'
  | 'invitation'
>;

const UNTOUCHED = {
  muted_until: null,
  pinned: 0,
  archived: 0,
  at_least: 1,
  pushes: '[]',
  draft_at: 0,
  draft_received_at: 0,
} as const satisfies Partial<InboxRecord>;

const fromDelivery = (delivery: Delivery): State => ({
  ...delivery,
  members: JSON.stringify(delivery.members),
  last_message: delivery.last_message === null ? null : JSON.stringify(delivery.last_message),
  state: delivery.consent?.state ?? 'active',
  consent_at: delivery.consent?.at ?? 0,
  invitation: delivery.consent?.invitation === undefined ? null : JSON.stringify(delivery.consent.invitation),
});

/** The newest message, when it is from before the request was accepted: nobody is notified of it afterwards. */
const beforeAcceptance = ({ consent, last_message }: Delivery): number =>
  consent?.state === 'active' && last_message !== null && last_message.timestamp <= consent.at ? last_message.message_id : 0;

function isOlder({ last_message_id, consent }: Delivery, old: InboxRecord): boolean {
  if (last_message_id !== old.last_message_id) return last_message_id < old.last_message_id;
  return (consent?.at ?? 0) < old.consent_at;
}

const stateOf = (state: State): State => ({
  conversation_id: state.conversation_id,
  kind: state.kind,
  role: state.role,
  title: state.title,
  avatar_url: state.avatar_url,
  members: state.members,
  last_message_id: state.last_message_id,
  last_message: state.last_message,
  countable_total: state.countable_total,
  updated_at: state.updated_at,
  state: state.state,
  consent_at: state.consent_at,
  invitation: state.invitation,
});

/** By our own clock on both sides, for a device's may be slow. The time of the edit stays: a later edit by the same clock is later. */
const wasSent = ({ draft, draft_received_at }: InboxRecord, { own_message_at }: Delivery): boolean =>
  draft !== null && own_message_at !== null && own_message_at >= draft_received_at;

const sameRow = (one: InboxRecord, other: InboxRecord): boolean =>
  (Object.keys(one) as (keyof InboxRecord)[]).every((column) => one[column] === other[column]);
