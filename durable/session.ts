/** Who is at the other end of a request or socket, as the Worker found out. Objects trust it: nobody but the Worker reaches them. */
export interface Session {
  user_id: string;
  /** Ending a session closes every socket it opened. */
  session_id: string;
  /** Milliseconds since 1970. */
  expires_at: number;
}
