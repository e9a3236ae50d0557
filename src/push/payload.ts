/** The words of a notification. Whoever looks over a shoulder learns who wrote, never what. Pure. */
import type { PushPayload, PushPlan } from '../../durable/user-inbox/push-api.ts';

const NAMELESS = 'New message';
const BODY = 'You have a new message';

/** @param name of the sender; undefined when it could not be looked up */
export function payloadOf({ job, message_id, group_title, badge }: PushPlan, name: string | undefined): PushPayload {
  const who = name ?? NAMELESS;
  const title = group_title === null ? who : `${who} in ${group_title}`;
  return { conversation_id: job.conversation_id, message_id, title, body: BODY, badge };
}

/** A notification to oneself; it belongs to no conversation. */
export const TEST_PAYLOAD: PushPayload = {
  conversation_id: '',
  message_id: 0,
  title: 'Natter',
  body: 'Notifications reach this device',
  badge: 0,
};
