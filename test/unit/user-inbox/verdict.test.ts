/** Who may reach whom: policy × choice × relation. */
import { describe, expect, it } from 'vitest';
import { contactPolicy, privacyOf, UNCHOSEN, type ContactPolicy, type PrivacyChoice } from '../../../protocol/reach.ts';
import { INVITATIONS_PER_USER_MAX } from '../../../protocol/limits.ts';
import { onDirect, onGroup, type Relation, type Verdict } from '../../../durable/user-inbox/reach/verdict.ts';

const STRANGER: Relation = { blocked: false, known: false, invitations: 0 };
const relations: Record<string, Relation> = {
  known: { ...STRANGER, known: true },
  stranger: STRANGER,
  blocked: { ...STRANGER, known: true, blocked: true },
  'asked by many': { ...STRANGER, invitations: INVITATIONS_PER_USER_MAX },
};
const short = (verdict: Verdict): string => {
  if (verdict.is === 'refused') return verdict.refusal.reason ?? verdict.refusal.code;
  return verdict.is === 'invited' && verdict.silently ? 'silent' : verdict.is;
};

describe('[P8] what a person answers to one who wants to reach them', () => {
  it.each<[ContactPolicy, PrivacyChoice['messages'], string, string]>([
    ['open', null, 'known', 'member'],
    ['open', null, 'stranger', 'member'],
    ['open', null, 'blocked', 'forbidden'],
    ['open', 'contacts', 'known', 'member'],
    ['open', 'contacts', 'stranger', 'not_accepting'],
    ['requests', null, 'known', 'member'],
    ['requests', null, 'stranger', 'request'],
    ['requests', null, 'blocked', 'forbidden'],
    ['requests', 'everyone', 'stranger', 'request'],
    ['requests', 'contacts', 'stranger', 'not_accepting'],
    ['requests', 'contacts', 'known', 'member'],
  ])('a direct conversation under %s, messages %s, by one who is %s: %s', (policy, messages, relation, answer) => {
    expect(short(onDirect(policy, { ...UNCHOSEN, messages }, relations[relation]!))).toBe(answer);
  });

  it.each<[ContactPolicy, PrivacyChoice['groups'], string, string]>([
    ['open', null, 'known', 'member'],
    ['open', null, 'stranger', 'member'],
    ['open', null, 'blocked', 'silent'],
    ['open', 'contacts', 'stranger', 'invited'],
    ['open', 'nobody', 'known', 'silent'],
    ['requests', null, 'known', 'member'],
    ['requests', null, 'stranger', 'invited'],
    ['requests', null, 'blocked', 'silent'],
    ['requests', null, 'asked by many', 'silent'],
    ['requests', 'everyone', 'stranger', 'member'],
    ['requests', 'nobody', 'known', 'silent'],
  ])('a group under %s, groups %s, by one who is %s: %s', (policy, groups, relation, answer) => {
    expect(short(onGroup(policy, { ...UNCHOSEN, groups }, relations[relation]!))).toBe(answer);
  });

  it('what was never chosen is what the policy says, also after that has changed', () => {
    expect(privacyOf(UNCHOSEN, contactPolicy(undefined)).groups).toBe('everyone');
    expect(privacyOf(UNCHOSEN, contactPolicy('requests')).groups).toBe('contacts');
    expect(privacyOf({ ...UNCHOSEN, groups: 'nobody' }, contactPolicy('open')).groups).toBe('nobody');
    expect(contactPolicy('Requests')).toBe('open');
  });
});
