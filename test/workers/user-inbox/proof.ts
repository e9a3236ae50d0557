/** What the Worker shows a user's object with an upgrade: here always a token of an embedding application, since any session will do. */
import type { Proof } from '../../../durable/user-inbox/sessions/api.ts';
import { claimToHeaders } from '../../../durable/user-inbox/sessions/claim.ts';

export const jwtProof = (session_id: string, expires_at = Date.now() + 3_600_000): Proof => ({
  kind: 'jwt',
  session_id,
  expires_at,
  profile: { hash: 'theirs', state: 'later' },
});

export const inboxHeaders = ({ session_id, expires_at, device_id }: { session_id: string; expires_at: number; device_id: string }) => ({
  upgrade: 'websocket',
  ...claimToHeaders({ device_id, proof: jwtProof(session_id, expires_at) }),
});
