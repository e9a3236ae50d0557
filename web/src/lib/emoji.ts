/** The few emojis offered at once, and whether a text is nothing but emojis (those are shown large). */

export const QUICK_EMOJIS = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;

const EMOJIS_ONLY = /^(?:\p{RGI_Emoji}\s*){1,3}$/v;

export const isOnlyEmojis = (text: string): boolean => text.length <= 64 && EMOJIS_ONLY.test(text);
