/** [P10] From text to frames, or to the one error that answers it. */
import { describe, expect, it } from 'vitest';
import { decode } from '../../../durable/conversation/decode.ts';
import { FRAME_BYTES_MAX, FRAMES_PER_ARRAY_MAX } from '../../../protocol/limits.ts';
import { connectionOf, stage, textFrame, user, uuid } from './stage.ts';

const codeOf = (text: string): unknown => {
  const decoded = decode(text);
  return decoded.ok ? 'ok' : decoded.refusal.code;
};

describe('[P10] a text from a socket', () => {
  it.each([
    ['not JSON', '{"op":', 'bad_request'],
    ['an empty array', '[]', 'bad_request'],
    ['an unknown op', '{"op":"sing"}', 'bad_request'],
    ['no object', '7', 'bad_request'],
    ['null', 'null', 'bad_request'],
    ['an array in an array', '[[]]', 'bad_request'],
    ['more than 128 KiB', `"${'é'.repeat(FRAME_BYTES_MAX / 2)}"`, 'too_large'],
    [
      'an array of more than 100 frames',
      JSON.stringify(Array.from({ length: FRAMES_PER_ARRAY_MAX + 1 }, () => ({ op: 'typing', on: true }))),
      'too_large',
    ],
    ['content above 16 KiB', JSON.stringify(textFrame('x'.repeat(16 * 1024 + 1))), 'too_large'],
    ['an array of 100 frames', JSON.stringify(Array.from({ length: FRAMES_PER_ARRAY_MAX }, () => ({ op: 'typing', on: true }))), 'ok'],
    ['content of 16 KiB', JSON.stringify(textFrame('x'.repeat(16 * 1024))), 'ok'],
  ])('%s', (_what, text, code) => expect(codeOf(text)).toBe(code));

  it('names the frame it was, when it has a usable id and asks for a place in the log', () => {
    const id = uuid();
    expect(decode(JSON.stringify({ op: 'send', global_id: id, type: 'text', content: '' }))).toEqual({
      ok: false,
      global_id: id,
      refusal: { code: 'bad_request', detail: 'content: must not be empty' },
    });
    expect(decode(JSON.stringify({ op: 'typing', global_id: id }))).not.toHaveProperty('global_id');
    expect(decode(JSON.stringify({ op: 'send', global_id: id.toUpperCase().replace('1', 'A') }))).not.toHaveProperty('global_id');
  });

  it('ignores fields it does not know', () => {
    const frame = textFrame('hello');
    expect(decode(JSON.stringify({ ...frame, colour: 'red' }))).toEqual({ ok: true, frames: [frame] });
  });

  it('is refused whole when it is an array with one bad frame, which is named by its place', () => {
    const decoded = decode(JSON.stringify([textFrame('good'), { op: 'send' }]));
    expect(decoded).toMatchObject({ ok: false, refusal: { code: 'bad_request', detail: expect.stringMatching(/^frame 1: /) as string } });
  });
});

describe('[P10] the answer', () => {
  it.each([
    ['alone: a nack', (frame: unknown) => JSON.stringify(frame), 'nack'],
    ['in an array: an error', (frame: unknown) => JSON.stringify([frame]), 'error'],
    ['in an array behind white space: an error', (frame: unknown) => ` \n${JSON.stringify([frame])}`, 'error'],
  ])('to a bad frame %s', async (_where, text, op) => {
    const { assembly } = await stage();
    const { connection, socket } = connectionOf(user(1));
    assembly.connections.add(connection);
    const global_id = uuid();
    assembly.sockets.receive(socket, text({ op: 'send', global_id, type: 'text', content: '' }));
    expect(socket.frames).toMatchObject([{ op, global_id, code: 'bad_request' }]);
  });
});
