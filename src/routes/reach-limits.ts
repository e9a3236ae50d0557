/** Whether the quotas on reaching strangers count: an embedding application knows itself whom its users may write to. */
import type { Session } from '../../durable/session.ts';
import type { Env } from '../env.ts';

export const isLimited = ({ REACH_LIMITS }: Pick<Env, 'REACH_LIMITS'>, { session_id }: Session): boolean =>
  REACH_LIMITS === undefined ? !session_id.startsWith('jwt:') : REACH_LIMITS !== 'off';
