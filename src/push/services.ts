/**
 * Which push service an address belongs to, and which of them hang. Those that browsers and phones come with are
 * known; an address at any other host was chosen by its user, and may be made to hang. Hosts of one owner count as one.
 */
import type { PushAddress } from '../../protocol/devices.ts';

export interface Service {
  name: string;
  /** False: at a host of the user's choice. */
  known: boolean;
}

const KNOWN = ['fcm.googleapis.com', 'push.services.mozilla.com', 'push.apple.com', 'notify.windows.com'];

export function serviceOf(address: PushAddress): Service {
  if (address.kind !== 'web') return { name: address.kind, known: true };
  const host = new URL(address.subscription.endpoint).hostname;
  const known = KNOWN.find((name) => host === name || host.endsWith(`.${name}`));
  return known === undefined ? { name: ownerOf(host), known: false } : { name: known, known: true };
}

/** The part of a name that somebody has to register: two labels, three under the likes of `co.uk`. Shared by strangers now and then, which costs them a wait. */
function ownerOf(host: string): string {
  const labels = host.split('.');
  return labels.slice((labels.at(-2) ?? '').length <= 3 ? -3 : -2).join('.');
}

/** A known service is set aside after so many that hung in a row, any other after the first. */
const HANGS_OF_KNOWN = 5;
const ASIDE_MS = 60_000;
const ASIDE_MAX_MS = 3_600_000;
const REMEMBERED_MAX = 1_000;

/** Memory of one isolate: forgotten, a service that hangs costs one more try. */
export class Hangs {
  readonly #hung = new Map<string, { times: number; until: number }>();

  /** Milliseconds for which nothing is to be sent there; 0: it may. */
  asideMs({ name }: Service, now: number): number {
    return Math.max(0, (this.#hung.get(name)?.until ?? 0) - now);
  }

  hung({ name, known }: Service, now: number): void {
    const times = (this.#hung.get(name)?.times ?? 0) + 1;
    const over = times - (known ? HANGS_OF_KNOWN : 1);
    const asideMs = over < 0 ? 0 : Math.min(ASIDE_MS * (known ? 1 : 2 ** over), ASIDE_MAX_MS);
    this.#hung.delete(name);
    this.#hung.set(name, { times, until: now + asideMs });
    const [oldest] = this.#hung.keys();
    if (this.#hung.size > REMEMBERED_MAX && oldest !== undefined) this.#hung.delete(oldest);
  }

  answered({ name }: Service): void {
    this.#hung.delete(name);
  }
}
