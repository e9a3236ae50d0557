/** A direct conversation that the other has not accepted: what its opener may do, and what they learn. */
import { describe, expect, it } from 'vitest';
import { ask, accepted, deleted, isPending, mayAskAgain, refusalFor } from '../../../durable/conversation/consent/request.ts';
import type { LogFrame } from '../../../protocol/client-frames.ts';
import { ASK_AGAIN_AFTER_MS, REQUEST_BYTES_MAX, REQUEST_MESSAGES_MAX } from '../../../protocol/limits.ts';
import { textFrame, uuid } from './stage.ts';

const [OPENER, ASKED] = ['opener', 'asked'];
const waiting = ask(ASKED, 0, 1_000);
const long = 'x'.repeat(REQUEST_BYTES_MAX + 1);
const change = { global_id: uuid(), target: 1 };
const react: LogFrame = { op: 'react', ...change, emoji: '👍', on: true };
const edit = (content: string): LogFrame => ({ op: 'edit', ...change, content });

describe('[P8] until a message request is accepted', () => {
  it.each<[string, string, LogFrame, number, boolean]>([
    ['the opener: a first text', OPENER, textFrame('hello'), 0, true],
    ['the opener: the last of those they may send', OPENER, textFrame('hello?'), REQUEST_MESSAGES_MAX - 1, true],
    ['the opener: one more', OPENER, textFrame('hello??'), REQUEST_MESSAGES_MAX, false],
    ['the opener: a text of the longest size', OPENER, textFrame('x'.repeat(REQUEST_BYTES_MAX)), 0, true],
    ['the opener: a longer one', OPENER, textFrame(long), 0, false],
    ['the opener: a longer one in bytes', OPENER, textFrame('€'.repeat(REQUEST_BYTES_MAX / 2)), 0, false],
    ['the opener: a mention', OPENER, textFrame('hello', { mentions: [ASKED] }), 0, false],
    ['the opener: an attachment', OPENER, textFrame('hello', { attachments: [{ media_id: uuid() }] }), 0, false],
    ['the opener: no mention and no attachment', OPENER, textFrame('hello', { mentions: [], attachments: [] }), 0, true],
    ['the opener: another type', OPENER, textFrame('hello', { type: 'encrypted' }), 0, false],
    ['the opener: an edit', OPENER, edit('hi'), REQUEST_MESSAGES_MAX, true],
    ['the opener: an edit that makes it long', OPENER, edit(long), 1, false],
    ['the opener: a reaction', OPENER, react, 1, false],
    ['the opener: a deletion', OPENER, { op: 'delete', ...change }, REQUEST_MESSAGES_MAX, true],
    ['the asked one: an answer', ASKED, textFrame(long, { mentions: [OPENER] }), REQUEST_MESSAGES_MAX, true],
    ['the asked one: a reaction, which would tell that it was read', ASKED, react, 1, false],
  ])('%s', (_what, sender, frame, total, allowed) => {
    for (const request of [waiting, deleted(waiting, 2_000)]) {
      const refusal = refusalFor(request, sender, frame, total);
      expect(refusal === null ? true : [refusal.code, refusal.reason]).toEqual(allowed || ['forbidden', 'request_pending']);
    }
  });

  it('nothing is kept from either once it is accepted, nor where nobody asked', () => {
    for (const request of [accepted(waiting, 2_000), null]) {
      expect(isPending(request)).toBe(false);
      for (const sender of [OPENER, ASKED]) expect(refusalFor(request, sender, react, 100)).toBeNull();
    }
  });

  it('asked again, the messages are counted anew, and only long after it was deleted', () => {
    const gone = deleted(waiting, 2_000);
    expect(mayAskAgain(waiting, Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(mayAskAgain(gone, 2_000 + ASK_AGAIN_AFTER_MS - 1)).toBe(false);
    expect(mayAskAgain(gone, 2_000 + ASK_AGAIN_AFTER_MS)).toBe(true);
    const again = ask(ASKED, REQUEST_MESSAGES_MAX, 2_000 + ASK_AGAIN_AFTER_MS, gone);
    expect(refusalFor(again, OPENER, textFrame('still there?'), REQUEST_MESSAGES_MAX)).toBeNull();
    expect(refusalFor(again, OPENER, textFrame('please'), 2 * REQUEST_MESSAGES_MAX)?.reason).toBe('request_pending');
  });

  it('its instants rise with each change, whatever the clock says', () => {
    const gone = deleted(waiting, 500);
    expect([waiting.at, gone.at, accepted(gone, 0).at]).toEqual([1_000, 1_001, 1_002]);
  });
});
