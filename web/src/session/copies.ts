/** The databases on this device, one per user: what is left of one after its session has ended. */
import { indexedDbStorage, type ClientStorage } from '@natter/client';

export const databaseOf = (userId: string): string => `natter-${userId}`;

const NOTHING = {
  cursor: { epoch: null, first: 1, last: 0 },
  put: [],
  details: { members: [], receipts: [], read: 0 },
  reset: true,
};

/** Leaves what exists nowhere else: the outbox and the drafts. Where nothing can be kept, nothing is left either. */
export async function dropCopies(userId: string, storage: ClientStorage = indexedDbStorage(databaseOf(userId))): Promise<void> {
  try {
    const { rows } = await storage.inbox(userId);
    for (const { row } of rows) await storage.saveTimeline(userId, row.conversation_id, NOTHING);
    // Last: whatever stopped this in the middle, the next time finds the rest.
    await storage.saveInbox(userId, { put: [], remove: [], cursor: '', reset: true });
    await storage.close();
  } catch {
    // The next sign-in shows it only to whom it belongs.
  }
}

/** Leaves nothing. */
export const forgetUser = (userId: string): Promise<void> => indexedDbStorage(databaseOf(userId)).forget();
