/** Who may reach whom when neither has chosen: the policy of the installation, and what a choice left open means under it. Pure. */
import type { Privacy } from './accounts.ts';

/** `open`: everybody reaches everybody. `requests`: who is not known asks first. */
export type ContactPolicy = 'open' | 'requests';

/** Anything but `requests` is `open`: a typing error must not lock people out of their own app. */
export const contactPolicy = (value: string | undefined): ContactPolicy => (value === 'requests' ? 'requests' : 'open');

export type Reach = Pick<Privacy, 'messages' | 'groups' | 'search'>;

/** As it is stored: null is what the policy says, today and after it has changed. */
export type PrivacyChoice = Omit<Privacy, keyof Reach> & { [Choice in keyof Reach]: Reach[Choice] | null };

export const REACH_DEFAULTS: Record<ContactPolicy, Reach> = {
  open: { messages: 'everyone', groups: 'everyone', search: 'everyone' },
  requests: { messages: 'everyone', groups: 'contacts', search: 'everyone' },
};

export const UNCHOSEN: PrivacyChoice = { read_receipts: true, last_seen: 'everyone', messages: null, groups: null, search: null };

export function privacyOf(choice: PrivacyChoice, policy: ContactPolicy): Privacy {
  const { messages, groups, search } = REACH_DEFAULTS[policy];
  return { ...choice, messages: choice.messages ?? messages, groups: choice.groups ?? groups, search: choice.search ?? search };
}
