/** What is left on a device whose session was ended: only what exists nowhere else, the outbox and the drafts. */
import type { ClientStorage } from '@natter/client';

const NOTHING = {
  cursor: { epoch: null, first: 1, last: 0 },
  put: [],
  details: { members: [], receipts: [], read: 0 },
  reset: true,
};

export async function dropCopies(storage: ClientStorage, userId: string): Promise<void> {
  const { rows } = await storage.inbox(userId);
  for (const { row } of rows) await storage.saveTimeline(userId, row.conversation_id, NOTHING);
  // Last: whatever stopped this in the middle, the next time finds the rest.
  await storage.saveInbox(userId, { put: [], remove: [], cursor: '', reset: true });
  await storage.close();
}
