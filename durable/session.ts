/**
 * Who is at the other end of a request or socket, as the Worker found out by asking the user's object.
 * Others trust it: nobody but the Worker reaches them. On a socket's way in it travels in headers, which
 * the Worker strips from what clients send.
 */
export interface Session {
  user_id: string;
  /** Ending a session closes every socket it opened. */
  session_id: string;
  /** Milliseconds since 1970. */
  expires_at: number;
}

/** The session that a JWT of an embedding application stands for: none of ours, so we neither prolong it nor know when its user leaves. */
export const FOREIGN_SESSION = 'jwt:';

export interface SocketOrigin extends Session {
  device_id: string;
}

/** Every header the Worker sets for the objects starts so, and none from a client does. */
export const INTERNAL_HEADER_PREFIX = 'x-natter-';

export function toHeaders(origin: SocketOrigin): Record<string, string> {
  return {
    'x-natter-user-id': origin.user_id,
    'x-natter-session-id': origin.session_id,
    'x-natter-expires-at': String(origin.expires_at),
    'x-natter-device-id': origin.device_id,
  };
}

export function fromHeaders(headers: Headers): SocketOrigin {
  return {
    user_id: internalHeader(headers, 'user-id'),
    session_id: internalHeader(headers, 'session-id'),
    expires_at: Number(internalHeader(headers, 'expires-at')),
    device_id: internalHeader(headers, 'device-id'),
  };
}

export function internalHeader(headers: Headers, name: string): string {
  const text = headers.get(INTERNAL_HEADER_PREFIX + name);
  if (text === null) throw new Error(`the Worker did not say ${name}`);
  return text;
}
