/** Users' objects that let everybody be added by everybody. */
import type { People } from '../../durable/conversation/admission/asking.ts';

export const everybodyAgrees: People = {
  mayAdd: () => Promise.resolve({ refusal: null, blocked: [], version: 1 }),
  mayBeAdded: () => Promise.resolve({ answer: 'member', reason: null, blocked: false, version: 1 }),
  giveBack: () => Promise.resolve(),
};
