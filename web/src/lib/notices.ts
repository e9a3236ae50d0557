/** What the app says about things that are not texts: membership, titles, last lines, typing. */
import type { LastMessage } from '../../../protocol/conversations.ts';
import type { Message } from '../../../protocol/message.ts';
import { listNames, type NameOf } from './people.ts';

/** The line that stands for a membership or title entry; null for entries that are not shown. */
export function noticeOf(message: Message, ownId: string, name: NameOf): string | null {
  const who = message.sender_id === ownId ? 'You' : name(message.sender_id);
  if (message.type === 'membership' && message.membership) {
    const { action, user_id: userId, role } = message.membership;
    const whom = userId === ownId ? 'you' : name(userId);
    if (action === 'left' || (action === 'removed' && userId === message.sender_id)) return `${who} left`;
    if (action === 'removed') return `${who} removed ${whom}`;
    if (action === 'added') return userId === message.sender_id ? `${who} joined` : `${who} added ${whom}`;
    return `${who} made ${whom} ${roleWithArticle(role)}`;
  }
  if (message.type === 'conversation' && message.conversation) {
    const { title, avatar_url: picture } = message.conversation;
    if (title) return `${who} named the group “${title}”`;
    if (title === null) return `${who} took the group’s name away`;
    if (picture !== undefined) return `${who} changed the group’s picture`;
  }
  return null;
}

/** Everybody whose name is needed to show a message. */
export const peopleIn = (message: Message): string[] => [
  message.sender_id,
  ...(message.membership ? [message.membership.user_id] : []),
  ...(message.mentions ?? []),
  ...(message.reactions?.flatMap((reaction) => reaction.user_ids) ?? []),
];

export const roleWithArticle = (role: string | undefined): string =>
  role === 'owner' ? 'the owner' : role === 'admin' ? 'an admin' : 'a member';

/** The second line of a conversation in the list. */
export function previewOf(last: LastMessage | undefined, ownId: string, name: NameOf, isGroup: boolean): string {
  if (last === undefined) return 'No messages yet';
  const who = last.sender_id === ownId ? 'You: ' : isGroup ? `${name(last.sender_id)}: ` : '';
  if (last.deleted) return `${who}Message deleted`;
  const text = last.type === 'text' ? last.content.replaceAll(/\s+/gu, ' ').trim() : nameOfType(last.type);
  return who + text;
}

/** What somebody is doing, as the socket says it; an activity of a later version counts as typing. */
const DOING: Record<string, string> = { recording: 'recording audio', uploading: 'sending a file' };

export function typingLine(people: readonly { name: string; what?: string | undefined }[]): string {
  if (people.length === 0) return '';
  const doings = new Set(people.map(({ what }) => DOING[what ?? ''] ?? 'typing'));
  const [doing = 'typing'] = doings;
  const names = people.map(({ name }) => name);
  return `${listNames(names, names.length > 2 ? 1 : 2)} ${names.length === 1 ? 'is' : 'are'} ${doings.size === 1 ? doing : 'typing'}…`;
}

export function nameOfType(type: string): string {
  const names: Record<string, string> = {
    image: 'Photo',
    video: 'Video',
    audio: 'Audio',
    file: 'File',
    encrypted: 'Encrypted message',
    membership: 'Members changed',
    conversation: 'Group changed',
  };
  return names[type] ?? 'Message';
}
