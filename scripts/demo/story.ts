/**
 * Who is in the demo and what they say to each other. Data only.
 * Invariant: a line's `id` is what makes filling twice harmless: never give one to another line.
 */

export type Name = 'mia' | 'jonas' | 'amara' | 'kenji' | 'sofia' | 'tom';

export type Act =
  | { by: Name; id: string; says: string; answers?: string; mentions?: Name[] }
  | { by: Name; edits: string; to: string }
  | { by: Name; deletes: string }
  | { by: Name; reactsTo: string; with: string };

export interface Scene {
  key: string;
  /** Null: a direct conversation. */
  title: string | null;
  /** The first one opens it. */
  members: Name[];
  acts: Act[];
  /** Have not seen the last so many messages. */
  behind?: Partial<Record<Name, number>>;
}

export const PEOPLE: Record<Name, string> = {
  mia: 'Mia Lindqvist',
  jonas: 'Jonas Weber',
  amara: 'Amara Okafor',
  kenji: '田中 健二 (Kenji)',
  sofia: 'Sofia Rossi',
  tom: 'Tom Ashworth',
};

export const SCENES: Scene[] = [
  {
    key: 'garden',
    title: 'Community garden 🌱',
    members: ['mia', 'jonas', 'amara', 'kenji', 'sofia', 'tom'],
    acts: [
      { by: 'mia', id: 'welcome', says: 'Welcome, everyone! This is where we decide who waters what, and who has stolen the good trowel.' },
      { by: 'tom', id: 'trowel', says: 'Borrowed. The word is borrowed.', answers: 'welcome' },
      { by: 'amara', reactsTo: 'trowel', with: '😂' },
      { by: 'sofia', reactsTo: 'trowel', with: '😂' },
      {
        by: 'jonas',
        id: 'rota',
        says: 'I have made a list for the watering:\n\nMon  Amara\nTue  Kenji\nWed  me\nThu  Sofia\nFri  Tom\nWeekend  Mia',
      },
      { by: 'kenji', id: 'tuesday', says: 'Tuesday is fine. The tomatoes and I have an understanding.', answers: 'rota' },
      {
        by: 'sofia',
        id: 'thursday',
        says: 'Could somebody swap Thursday with me this week? @Tom maybe?',
        answers: 'rota',
        mentions: ['tom'],
      },
      { by: 'tom', id: 'swap', says: 'Sure. I come on Thursday, you take Friday, and nobody mentions trowels.', answers: 'thursday' },
      { by: 'sofia', reactsTo: 'swap', with: '🙏' },
      { by: 'mia', reactsTo: 'swap', with: '👍' },
      { by: 'kenji', id: 'harvest', says: 'First harvest: 3 tomatoes, 1 cucumber, 412 courgettes.' },
      { by: 'amara', id: 'courgettes', says: 'We planted two.', answers: 'harvest' },
      { by: 'kenji', id: 'respect', says: 'They did not respect that.', answers: 'courgettes' },
      { by: 'mia', reactsTo: 'respect', with: '🥒' },
      { by: 'amara', reactsTo: 'respect', with: '🥒' },
      { by: 'tom', reactsTo: 'respect', with: '😂' },
      { by: 'jonas', id: 'soup', says: 'Courgette soup at mine on Saturday at six. Bring bowls.' },
      { by: 'jonas', edits: 'soup', to: 'Courgette soup at mine on Saturday at seven. Bring bowls.' },
      { by: 'amara', id: 'soup-yes', says: 'I bring bread. And a very large bowl.' },
      { by: 'sofia', id: 'bees', says: 'There are bumblebees in the lavender again 🐝 Please step around them, they were here first.' },
      { by: 'kenji', reactsTo: 'bees', with: '❤️' },
      {
        by: 'jonas',
        id: 'compost',
        says: '@Mia the compost is warm enough to bake in. Is that good or should I call somebody?',
        mentions: ['mia'],
      },
    ],
    behind: { mia: 2, tom: 1 },
  },
  {
    key: 'climbing',
    title: 'Climbing on Thursdays',
    members: ['jonas', 'mia', 'kenji', 'amara'],
    acts: [
      { by: 'jonas', id: 'who', says: 'Who is in for Thursday? The new routes are up.' },
      { by: 'kenji', id: 'in', says: '行きます！ I am in.', answers: 'who' },
      { by: 'mia', id: 'late', says: 'In, but a quarter of an hour late, as is tradition.', answers: 'who' },
      { by: 'jonas', reactsTo: 'late', with: '⏰' },
      { by: 'amara', id: 'shoes', says: 'Has anyone seen my shoes? Left one has a red lace, right one has opinions.' },
      { by: 'kenji', id: 'found', says: 'They are in my bag. Sorry! I wondered why mine had become so small.', answers: 'shoes' },
      { by: 'amara', reactsTo: 'found', with: '😂' },
      { by: 'mia', reactsTo: 'found', with: '😂' },
      { by: 'jonas', id: 'wrong-group', says: 'Two loaves, oat milk, something for the cat' },
      { by: 'jonas', deletes: 'wrong-group' },
      { by: 'jonas', id: 'oops', says: 'That was my shopping list. The cat apologises.' },
      { by: 'amara', id: 'time', says: 'Thursday at 18:00 then, and soup afterwards.' },
      { by: 'amara', edits: 'time', to: 'Thursday at 18:30 then, and soup afterwards.' },
      { by: 'kenji', reactsTo: 'time', with: '👍' },
      { by: 'jonas', reactsTo: 'time', with: '👍' },
    ],
  },
  {
    key: 'books',
    title: 'Book club: chapter five by Sunday',
    members: ['sofia', 'mia', 'tom'],
    acts: [
      { by: 'sofia', id: 'ask', says: 'How far is everyone? No spoilers past chapter four, please.' },
      { by: 'tom', id: 'honest', says: 'I have read the back cover very thoroughly.', answers: 'ask' },
      { by: 'sofia', reactsTo: 'honest', with: '📚' },
      {
        by: 'mia',
        id: 'lighthouse',
        says: 'Chapter four. I did not expect to care this much about a lighthouse keeper’s quarrel with a gull.',
      },
      { by: 'sofia', id: 'gull', says: 'The gull is the best-drawn person in it.', answers: 'lighthouse' },
      { by: 'mia', reactsTo: 'gull', with: '💯' },
      { by: 'tom', id: 'start', says: 'Fine, you have convinced me. Starting tonight.' },
    ],
    behind: { mia: 1 },
  },
  {
    key: 'mia-jonas',
    title: null,
    members: ['mia', 'jonas'],
    acts: [
      { by: 'mia', id: 'ladder', says: 'Do you still have the ladder?' },
      { by: 'jonas', id: 'ladder-yes', says: 'I do. It has become part of the living room, but I can part with it.', answers: 'ladder' },
      { by: 'mia', id: 'pick-up', says: 'I could pick it up tomorrow after six.' },
      { by: 'jonas', id: 'six', says: 'Perfect. There will be coffee.' },
      { by: 'mia', reactsTo: 'six', with: '☕' },
    ],
  },
  {
    key: 'amara-mia',
    title: null,
    members: ['amara', 'mia'],
    acts: [
      { by: 'amara', id: 'photo', says: 'The picture you took on the bridge is on my wall now. Thank you!' },
      { by: 'mia', id: 'wall', says: 'Oh! That makes my whole week.', answers: 'photo' },
      { by: 'amara', reactsTo: 'wall', with: '❤️' },
      { by: 'amara', id: 'film', says: 'Which film was it? I would like to try it in autumn, with the fog.' },
    ],
    behind: { mia: 1 },
  },
  {
    key: 'tom-kenji',
    title: null,
    members: ['tom', 'kenji'],
    acts: [
      { by: 'tom', id: 'recipe', says: 'How do you make the dashi? Mine tastes like a pond.' },
      {
        by: 'kenji',
        id: 'dashi',
        says: 'Kombu into cold water for half an hour, then warm it slowly and take it out just before it boils. Heat off, a handful of katsuobushi, two minutes, strain. If it tastes like a pond, the kombu was boiled.',
        answers: 'recipe',
      },
      { by: 'tom', id: 'boiled', says: 'The kombu was boiled.', answers: 'dashi' },
      { by: 'kenji', reactsTo: 'boiled', with: '🍜' },
    ],
  },
];
