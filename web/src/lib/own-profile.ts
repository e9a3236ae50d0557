/** Whether something that claims to be one's own profile is one: what comes over a network, or lies on a disk, may be anything. */
import type { OwnProfile } from '../../../protocol/accounts.ts';

export function isOwnProfile(value: unknown): value is OwnProfile {
  if (!isRecord(value)) return false;
  const { user_id, name, username, avatar_url, email, privacy, created_at } = value;
  return (
    typeof user_id === 'string' &&
    user_id !== '' &&
    typeof name === 'string' &&
    [username, avatar_url, email].every((text) => text === null || typeof text === 'string') &&
    isRecord(privacy) &&
    typeof created_at === 'number'
  );
}

/** Text as a profile; null: it is none. */
export function ownProfileIn(text: string | null): OwnProfile | null {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return isOwnProfile(value) ? value : null;
  } catch {
    return null;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
