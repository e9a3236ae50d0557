/** How a credential is shown to its user's object, and what that answers. Tokens themselves never come here, only their hashes. */
import type { Session } from '../../session.ts';

/** The Worker has checked its signature; whether it still counts is known here alone. */
export type Proof =
  /** `renew`: a use that may prolong the session. */
  | { kind: 'token'; token_hash: string; renew: boolean }
  | { kind: 'jwt'; session_id: string; expires_at: number; profile: ClaimedProfile }
  | { kind: 'ticket'; session_id: string; session_expires_at: number; nonce: string; expires_at: number };

/** Name and picture as a JWT has them. `kept`: D1 has them by now; `later`: it could not be asked, and knows an older one. */
export interface ClaimedProfile {
  hash: string;
  state: 'claimed' | 'kept' | 'later';
}

export type Use =
  | { kind: 'request' }
  /** `conversation_id` null: the inbox socket. */
  | { kind: 'socket'; device_id: string; conversation_id: string | null };

/** `profile`: D1 must be told of the user first (`new`), or of a name or picture that changed; then it is asked again. */
export type Authenticated = { session: Session; renewed: boolean } | { profile: 'new' | 'changed' };

export type SessionKey = { token_hash: string } | { session_id: string };

export type SessionRecord = {
  session_id: string;
  token_hash: string;
  created_at: number;
  /** When its end was last set. */
  updated_at: number;
  expires_at: number;
  ip_address: string | null;
  user_agent: string | null;
  /** 0: it never opened a socket, so its end has none to look for. */
  has_sockets: number;
};
