/** Inbox sockets without the platform: a device that pings or is silent, and what hibernation keeps of the other end. */
import type { PresenceFrame } from '../../protocol/inbox.ts';
import { LEASE_MS } from '../../protocol/limits.ts';
import type { PresenceConnection, PresenceConnections } from '../../durable/user-inbox/watches.ts';

/** The device's end of a socket, and what hibernation keeps of the other. */
export interface Device {
  frames: PresenceFrame[];
  attachment: PresenceConnection['attachment'];
  openedAt: number;
  pingedAt: number;
  pinging: boolean;
  closed: number | null;
}

export interface FakeConnection extends PresenceConnection {
  device: Device;
}

export class FakeConnections implements PresenceConnections {
  readonly #user: { devices: Device[] };
  readonly #open = new Map<Device, FakeConnection>();
  onGone: (connection: FakeConnection) => void = () => undefined;

  constructor(user: { devices: Device[] }) {
    this.#user = user;
    for (const device of user.devices) this.add(device);
  }

  add(device: Device): FakeConnection {
    const attachment = structuredClone(device.attachment);
    const connection = { device, attachment, save: () => void (device.attachment = structuredClone(attachment)) };
    this.#open.set(device, connection);
    return connection;
  }

  of(device: Device): FakeConnection {
    return this.#open.get(device)!;
  }

  all(): FakeConnection[] {
    return [...this.#open.values()];
  }

  fresh(now: number): FakeConnection[] {
    return this.all().filter(({ device }) => isFresh(device, now));
  }

  heardAt({ device }: FakeConnection): number {
    return Math.max(device.pingedAt, device.openedAt);
  }

  send(connection: FakeConnection, text: string): boolean {
    connection.device.frames.push(JSON.parse(text) as PresenceFrame);
    return true;
  }

  close(connection: FakeConnection, code: number): void {
    this.gone(connection.device, code);
  }

  gone(device: Device, code: number): void {
    const connection = this.#open.get(device);
    if (connection === undefined) return;
    device.closed = code;
    device.pinging = false;
    this.#open.delete(device);
    this.#user.devices = this.#user.devices.filter((other) => other !== device);
    this.onGone(connection);
  }
}

export const isFresh = (device: Device, now: number): boolean => now - Math.max(device.pingedAt, device.openedAt) <= LEASE_MS;
