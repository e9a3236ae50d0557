/**
 * A session bus of D-Bus with one service on it: what Chromium finds on a Linux desktop, without a desktop.
 * Signals go to everybody, whoever asked for which. Does not know what the service does.
 */
import { createServer, type Socket } from 'node:net';
import { decode, encode, KIND, type BusMessage, type BusValue, type Fields } from './bus-message.ts';

export interface BusService {
  name: string;
  path: string;
  /** Undefined: there is no such method. */
  call(member: string, args: readonly BusValue[]): readonly BusValue[] | undefined;
}

export interface SessionBus {
  /** As `DBUS_SESSION_BUS_ADDRESS` says it. */
  address: string;
  signal(member: string, ...args: BusValue[]): void;
  close(): Promise<void>;
}

const SERVICE_OWNER = ':1.0';
const NO_ANSWER_EXPECTED = 1;

/** @param path of the socket to be made */
export async function startSessionBus(path: string, service: BusService): Promise<SessionBus> {
  const sockets = new Set<Socket>();
  let serial = 0;
  let names = 0;

  const send = (socket: Socket, kind: number, fields: Fields, args: readonly BusValue[] = []) =>
    void socket.write(encode(kind, ++serial, fields, args));

  function bus({ member, args }: BusMessage): readonly BusValue[] | undefined {
    const isThere = args[0] === service.name;
    if (member === 'Hello') return [`:1.${++names}`];
    if (member === 'AddMatch' || member === 'RemoveMatch') return [];
    if (member === 'NameHasOwner') return [isThere];
    return member === 'GetNameOwner' && isThere ? [SERVICE_OWNER] : undefined;
  }

  function answer(socket: Socket, message: BusMessage): void {
    if (message.kind !== KIND.call) return;
    const isService = message.destination === service.name || message.destination === SERVICE_OWNER;
    const args = isService
      ? service.call(message.member, message.args)
      : message.destination === 'org.freedesktop.DBus'
        ? bus(message)
        : undefined;
    if (message.flags & NO_ANSWER_EXPECTED) return;
    const fields = { answers: message.serial, sender: isService ? SERVICE_OWNER : 'org.freedesktop.DBus' };
    if (args === undefined) send(socket, KIND.error, { ...fields, error: 'org.freedesktop.DBus.Error.ServiceUnknown' });
    else send(socket, KIND.answer, fields, args);
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A browser that is killed leaves its sockets behind.
    socket.on('error', () => socket.destroy());
    let isOpen = false;
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (!isOpen) {
        const end = rest.indexOf('\r\n');
        if (end === -1) return;
        const line = rest.toString('latin1', 0, end);
        rest = rest.subarray(end + 2);
        isOpen = line === 'BEGIN';
        if (!isOpen) socket.write(line.includes('AUTH EXTERNAL ') ? 'OK 0123456789abcdef0123456789abcdef\r\n' : 'ERROR\r\n');
      }
      for (let next = decode(rest); next !== null; next = decode(rest)) {
        rest = rest.subarray(next.length);
        answer(socket, next.message);
      }
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  return {
    address: `unix:path=${path}`,
    signal(member, ...args) {
      for (const socket of sockets)
        send(socket, KIND.signal, { path: service.path, interface: service.name, member, sender: SERVICE_OWNER }, args);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
