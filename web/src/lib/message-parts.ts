/** A message's text in the parts it is drawn of: a bounded number of them, whatever it says. */
import { linkify, type TextPart } from './linkify.ts';
import { fullBudget, markMentions, type Mentionable, type MentionPart } from './mentions.ts';

export type MessagePart = TextPart | MentionPart;

/** @param mentioned who was meant when it was sent */
export function partsOf(text: string, mentioned: readonly Mentionable[]): MessagePart[] {
  const parts = linkify(text);
  if (mentioned.length === 0) return parts;
  const budget = fullBudget();
  return parts.flatMap((part): MessagePart[] => (part.kind === 'text' ? markMentions(part.text, mentioned, budget) : [part]));
}
