/**
 * The hello of an inbox socket: one page in the turn in which it opens, each further one in a turn of
 * its own. Memory only, one place a socket; whoever is gone is told nothing more. A device that gives
 * no sign of life is sent no more than a bounded number of bytes, and closed when its lease has ended.
 */
import { CLOSE } from '../../../protocol/errors.ts';
import { UNHEARD_BYTES_MAX, INBOX_PAGE_BYTES_MAX, LEASE_MS, PAGE_MAX, REQUESTS_COUNTED_MAX } from '../../../protocol/limits.ts';
import type { InboxConnection, InboxConnections } from '../connections.ts';
import { fromStart, pageAt, placeOf, type Place } from '../pages.ts';
import type { InboxStore } from '../store.ts';

export interface HellosDeps {
  store: InboxStore;
  connections: InboxConnections;
  schedule(callback: () => void, delayMs: number): void;
  now(): number;
  onError(error: unknown): void;
}

/** Between two pages others have their turn. */
export const PAGE_EVERY_MS = 10;
const LOOK_FOR_LIFE_EVERY_MS = 1_000;

interface Listing {
  place: Place;
  limit: number;
  /** Sent since the last sign of life. */
  unheardBytes: number;
  heardAt: number;
  /** It waits for one. */
  waits: boolean;
  /** The timer that counts: an earlier one does nothing. */
  timer: number;
}

export class Hellos {
  readonly #deps: HellosDeps;
  readonly #listings = new Map<InboxConnection, Listing>();

  constructor(deps: HellosDeps) {
    this.#deps = deps;
  }

  /** Those that are not at their end. */
  get size(): number {
    return this.#listings.size;
  }

  /** The first page, now. A cursor that is not ours, or of a time before a restore, is a fresh start. */
  begin(connection: InboxConnection, cursor: string, version: number, limit: number): void {
    const { store, connections } = this.#deps;
    const place = placeOf(cursor, version, store.collectedTo()) ?? { ...fromStart(version), fresh: true };
    const listing = { place, limit, unheardBytes: 0, heardAt: connections.heardAt(connection), waits: false, timer: 0 };
    this.#listings.set(connection, listing);
    this.#send(connection, listing, place.fresh);
  }

  /** It has said something: it reads what it is sent. */
  heard(connection: InboxConnection): void {
    const listing = this.#listings.get(connection);
    if (listing === undefined) return;
    listing.unheardBytes = 0;
    listing.heardAt = this.#deps.now();
    if (!listing.waits) return;
    listing.waits = false;
    this.#later(connection, listing, PAGE_EVERY_MS);
  }

  gone(connection: InboxConnection): void {
    this.#listings.delete(connection);
  }

  #next(connection: InboxConnection, listing: Listing): void {
    const { connections, now } = this.#deps;
    if (connections.closeExpired(connection, now())) return;
    const heardAt = connections.heardAt(connection);
    if (heardAt > listing.heardAt) Object.assign(listing, { heardAt, unheardBytes: 0 });
    if (listing.unheardBytes < UNHEARD_BYTES_MAX) {
      listing.waits = false;
      return this.#send(connection, listing);
    }
    if (now() - listing.heardAt > LEASE_MS) return connections.close(connection, CLOSE.heartbeat_lost, 'no heartbeat');
    listing.waits = true;
    this.#later(connection, listing, LOOK_FOR_LIFE_EVERY_MS);
  }

  #send(connection: InboxConnection, listing: Listing, fresh = false): void {
    const { store, connections, now } = this.#deps;
    const { place, limit } = listing;
    const bytesMax = Math.ceil((INBOX_PAGE_BYTES_MAX * limit) / PAGE_MAX);
    const { conversations: changed, ...page } = pageAt(store, place, limit, bytesMax);
    const requests = store.unanswered(REQUESTS_COUNTED_MAX);
    const text = JSON.stringify({ op: 'hello', user_id: connection.userId, changed, ...page, requests, ...(fresh && { fresh }) });
    if (!connections.send(connection, text, now())) return;
    if (!page.has_more) return this.gone(connection);
    listing.place = placeOf(page.cursor, place.head, 0)!;
    listing.unheardBytes += text.length;
    this.#later(connection, listing, PAGE_EVERY_MS);
  }

  #later(connection: InboxConnection, listing: Listing, delayMs: number): void {
    const { connections, schedule, onError } = this.#deps;
    listing.timer += 1;
    const { timer } = listing;
    schedule(() => {
      if (this.#listings.get(connection) !== listing || listing.timer !== timer) return;
      try {
        this.#next(connection, listing);
      } catch (error) {
        // Without the rest the device would wait for ever: it comes again.
        onError(error);
        connections.close(connection, CLOSE.restart, JSON.stringify({ retry_after: 1 }));
      }
    }, delayMs);
  }
}
