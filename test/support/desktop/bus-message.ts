/**
 * Messages of D-Bus as bytes (https://dbus.freedesktop.org/doc/dbus-specification.html, "Message Format"),
 * as far as notifications need them: little-endian, strings, numbers, booleans and lists of strings.
 * Knows no sockets.
 */

export type BusValue = string | number | boolean | readonly string[];

export const KIND = { call: 1, answer: 2, error: 3, signal: 4 } as const;

export interface BusMessage {
  kind: number;
  serial: number;
  flags: number;
  member: string;
  destination: string;
  /** Up to the first value of a type that is not known here. */
  args: BusValue[];
}

/** What a header may say, under its code and with its type. */
const FIELD = {
  path: [1, 'o'],
  interface: [2, 's'],
  member: [3, 's'],
  error: [4, 's'],
  answers: [5, 'u'],
  destination: [6, 's'],
  sender: [7, 's'],
} as const;
const SIGNATURE_CODE = 8;
const HEADER_BYTES = 16;

export type Fields = Partial<Record<keyof typeof FIELD, string | number>>;

export function encode(kind: number, serial: number, fields: Fields, args: readonly BusValue[]): Buffer {
  const body = new Writer();
  for (const arg of args) body.value(arg);
  const head = new Writer();
  for (const [name, [code, type]] of Object.entries(FIELD)) {
    const value = fields[name as keyof Fields];
    if (value !== undefined) head.align(8).byte(code).signature(type).value(value);
  }
  if (args.length > 0) head.align(8).byte(SIGNATURE_CODE).signature('g').signature(args.map(typeOf).join(''));
  const fixed = new Writer().byte(0x6c).byte(kind).byte(0).byte(1).number(body.bytes.length).number(serial).number(head.bytes.length);
  return Buffer.from([...fixed.bytes, ...head.align(8).bytes, ...body.bytes]);
}

/** @returns null while the message is not there whole, with the number of bytes it takes otherwise */
export function decode(bytes: Buffer): { message: BusMessage; length: number } | null {
  if (bytes.length < HEADER_BYTES) return null;
  if (bytes[0] !== 0x6c) throw new Error('a message of D-Bus that is not little-endian');
  const headEnd = HEADER_BYTES + bytes.readUInt32LE(12);
  const bodyStart = aligned(headEnd, 8);
  const length = bodyStart + bytes.readUInt32LE(4);
  if (bytes.length < length) return null;
  const said = new Map<number, BusValue>();
  const head = new Reader(bytes, HEADER_BYTES);
  while (head.at < headEnd) {
    const code = head.align(8).byte();
    said.set(code, head.value(head.signature()) ?? '');
  }
  const message = {
    kind: bytes[1]!,
    flags: bytes[2]!,
    serial: bytes.readUInt32LE(8),
    member: String(said.get(FIELD.member[0]) ?? ''),
    destination: String(said.get(FIELD.destination[0]) ?? ''),
    args: new Reader(bytes.subarray(bodyStart, length), 0).values(String(said.get(SIGNATURE_CODE) ?? '')),
  };
  return { message, length };
}

const aligned = (at: number, to: number): number => Math.ceil(at / to) * to;

function typeOf(value: BusValue): string {
  if (typeof value === 'string') return 's';
  if (typeof value === 'number') return 'u';
  return typeof value === 'boolean' ? 'b' : 'as';
}

class Writer {
  readonly bytes: number[] = [];

  align(to: number): this {
    while (this.bytes.length % to !== 0) this.bytes.push(0);
    return this;
  }
  byte(value: number): this {
    this.bytes.push(value);
    return this;
  }
  number(value: number): this {
    this.align(4).bytes.push(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
    return this;
  }
  signature(value: string): this {
    this.bytes.push(value.length, ...Buffer.from(value), 0);
    return this;
  }
  value(value: BusValue): this {
    if (typeof value === 'object') {
      const list = new Writer();
      for (const one of value) list.value(one);
      this.number(list.bytes.length).bytes.push(...list.bytes);
      return this;
    }
    if (typeof value !== 'string') return this.number(Number(value));
    const text = Buffer.from(value);
    this.number(text.length).bytes.push(...text, 0);
    return this;
  }
}

class Reader {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }
  align(to: number): this {
    this.at = aligned(this.at, to);
    return this;
  }
  byte(): number {
    return this.#bytes[this.at++]!;
  }
  number(): number {
    const value = this.#bytes.readUInt32LE(this.align(4).at);
    this.at += 4;
    return value;
  }
  signature(): string {
    return this.#text(this.byte());
  }
  /** Undefined: of a type that is not known here. */
  value(type: string): BusValue | undefined {
    if (type === 's' || type === 'o') return this.#text(this.number());
    if (type === 'g') return this.signature();
    if (type === 'u') return this.number();
    if (type !== 'as') return undefined;
    const end = this.number() + this.at;
    const list: string[] = [];
    while (this.at < end) list.push(this.#text(this.number()));
    return list;
  }
  values(signature: string): BusValue[] {
    const values: BusValue[] = [];
    for (const [type] of signature.matchAll(/a?[a-z]|./g)) {
      const value = this.value(type);
      if (value === undefined) break;
      values.push(value);
    }
    return values;
  }
  #text(length: number): string {
    const text = this.#bytes.toString('utf8', this.at, this.at + length);
    this.at += length + 1;
    return text;
  }
}
