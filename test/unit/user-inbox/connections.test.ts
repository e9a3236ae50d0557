/** What is attached to an inbox socket survives hibernation, and fits. */
import { randomUUID } from 'node:crypto';
import { serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { packId, unpackId } from '../../../durable/kit/packed-id.ts';
import { InboxConnection, InboxConnections, OWED_MAX, type InboxAttachment } from '../../../durable/user-inbox/connections.ts';
import { TestSocket } from './stage.ts';

const ATTACHMENT_BYTES_MAX = 16 * 1024;

const largest = (): InboxAttachment => ({
  user_id: randomUUID(),
  session_id: randomUUID(),
  expires_at: Number.MAX_SAFE_INTEGER,
  device_id: randomUUID(),
  opened_at: Number.MAX_SAFE_INTEGER,
  active: true,
  owed: Object.fromEntries(
    Array.from({ length: OWED_MAX }, () => [randomUUID(), { version: Number.MAX_SAFE_INTEGER, message_id: Number.MAX_SAFE_INTEGER }]),
  ),
  watching: Array.from({ length: 200 }, () => randomUUID()),
  watching_until: Number.MAX_SAFE_INTEGER,
  watchers: Array.from({ length: 100 }, () => [randomUUID(), Number.MAX_SAFE_INTEGER, true] as const).map(([...seat]) => seat),
  told: 'offline',
  told_at: Number.MAX_SAFE_INTEGER,
});

describe('an attachment', () => {
  it('at its largest fits the 16 KiB that the platform keeps, and comes back as it was', () => {
    const socket = new TestSocket();
    const attachment = largest();
    new InboxConnection(socket, attachment).save();
    expect(serialize(socket.deserializeAttachment()).byteLength).toBeLessThan(ATTACHMENT_BYTES_MAX);
    expect(InboxConnection.restore(socket)!.attachment).toEqual(attachment);
  });

  it('remembers at most fifty debts, the newest', () => {
    const connection = new InboxConnection(new TestSocket(), { ...largest(), owed: {} });
    for (let n = 1; n <= 60; n++) connection.owe(`c${n}`, { version: n, message_id: n });
    expect(Object.keys(connection.attachment.owed)).toEqual(Array.from({ length: 50 }, (_, index) => `c${index + 11}`));
    connection.owe('c11', { version: 99, message_id: 99 });
    expect(Object.keys(connection.attachment.owed)).toHaveLength(50);
  });
});

describe('[P8] a socket that was closed', () => {
  it('is nobody’s after hibernation, though its other side never answers the close', () => {
    const socket = new TestSocket();
    const connection = new InboxConnection(socket, largest());
    connection.save();
    connection.close(4401, 'the session has ended');
    connection.save();
    expect(InboxConnection.restore(socket)).toBeNull();
  });
});

describe('a packed id', () => {
  it('is sixteen characters of one byte, and unpacks to itself', () => {
    for (const id of [randomUUID(), '00000000-0000-4000-8000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff']) {
      expect(Array.from(packId(id), (character) => character.charCodeAt(0) <= 0xff)).toEqual(Array(16).fill(true));
      expect(unpackId(packId(id))).toBe(id);
    }
    expect(unpackId(packId('no uuid'))).toBe('no uuid');
  });
});

describe('whoever leaves', () => {
  it('is reported once, however it leaves', () => {
    const gone: string[] = [];
    const connections = new InboxConnections({ sockets: [], pingedAt: () => 0, onGone: ({ deviceId }) => void gone.push(deviceId) });
    const open = (device_id: string) => {
      const connection = new InboxConnection(new TestSocket(), { ...largest(), device_id });
      connections.add(connection);
      return connection;
    };
    const [a, b, c] = [open('a'), open('b'), open('c')];
    open('a');
    connections.close(b, 4401, 'x');
    connections.drop(b.socket);
    (c.socket as TestSocket).dead = true;
    connections.send(c, '{}', 0);
    connections.drop(a.socket);
    expect(gone).toEqual(['a', 'b', 'c']);
    expect(connections.all().map(({ deviceId }) => deviceId)).toEqual(['a']);
  });
});
