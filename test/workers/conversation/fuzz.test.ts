/** [P10] Whatever comes over a socket: one clear answer, never an internal error, never a hole in the log. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../../protocol/errors.ts';
import { helloFrame, serverFrame } from '../../../protocol/server-frames.ts';
import { makeRoom, open, textFrame, uuid } from './room.ts';

const id = fc.constantFrom(...Array.from({ length: 6 }, uuid), 'not-an-id', 'AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA', '');
const number = fc.oneof(fc.integer({ min: -2, max: 12 }), fc.constantFrom(1.5, Number.MAX_SAFE_INTEGER, 1e300, '1', null));
const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('', '\ud800', '\u0000', 'x'.repeat(17_000), '__proto__', 'constructor', '👍', 7, null),
);
const frame = fc.record(
  {
    op: fc.constantFrom('send', 'edit', 'delete', 'react', 'delivered', 'read', 'typing', 'hello', '', 'constructor'),
    global_id: id,
    after_message_id: number,
    type: fc.constantFrom('text', 'image', 'encrypted', 'edit', 'membership', '', 3),
    content: text,
    target: number,
    emoji: text,
    on: fc.constantFrom(true, false, 'yes'),
    message_id: number,
    reply_to: number,
    mentions: fc.array(id, { maxLength: 3 }),
    attachments: fc.array(fc.record({ media_id: id }), { maxLength: 2 }),
  },
  { requiredKeys: ['op'] },
);
const said = fc.oneof(
  { weight: 6, arbitrary: frame.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.array(frame, { maxLength: 4 }).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
);

describe('[P10] a fuzz of frames', () => {
  it('is answered by frames of the contract and codes of the table, and the log stays whole', async () => {
    const counts = { ack: 0, nack: 0, error: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(said, { minLength: 1, maxLength: 8 }), async (texts) => {
        const room = await makeRoom();
        const [ann, bob] = [await open(room, room.users[0]!), await open(room, room.users[1]!)];
        for (const each of texts) ann.say(each);
        const last = textFrame('the end');
        ann.say(last);
        await bob.until((told) => told.op === 'message' && told.message.global_id === last.global_id);
        for (const told of [...ann.frames, ...bob.frames]) {
          expect(serverFrame.safeParse(told).error).toBeUndefined();
          if (told.op === 'nack' || told.op === 'error') {
            expect(ERROR_CODES).toContain(told.code);
            expect(told.code).not.toBe('internal');
          }
          if (told.op in counts) counts[told.op as keyof typeof counts] += 1;
        }
        const numbers = bob.frames.flatMap((told) => (told.op === 'message' ? [told.message.message_id] : []));
        expect(numbers).toEqual(numbers.map((_, index) => index + 1));
        expect(helloFrame.safeParse((await open(room, room.users[1]!)).frames[0]).success).toBe(true);
      }),
      { numRuns: 150, interruptAfterTimeLimit: 20_000 },
    );
    expect(Math.min(counts.ack, counts.nack, counts.error)).toBeGreaterThan(20);
  }, 30_000);
});
