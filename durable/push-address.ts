/**
 * One object per push address, named by its SHA-256 hash: it knows which user has it, one row. Whoever
 * registers the address takes it from the user before, whose object forgets it first: after a claim nobody
 * else is notified there. It keeps no address; the claimant brings what to look for.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Bindings } from './bindings.ts';
import { withTimeout } from './kit/calls.ts';

const LOSE_TIMEOUT_MS = 5_000;

export interface PushAddressApi extends Rpc.DurableObjectBranded {
  /** Rejects when the user who had it could not be told: then they still have it. */
  claim(userId: string, place: string): Promise<void>;
  /** Leaves it alone when somebody else has it by now. */
  release(userId: string): Promise<void>;
}

export class PushAddress extends DurableObject<Bindings> implements PushAddressApi {
  /** One after the other: a claim waits for the user before. */
  #last: Promise<unknown> = Promise.resolve();

  claim(userId: string, place: string): Promise<void> {
    return this.#inTurn(async () => {
      const { kv } = this.ctx.storage;
      const owner = kv.get<string>('owner');
      if (owner === userId) return;
      if (owner !== undefined) {
        const inbox = this.env.USER_INBOX.get(this.env.USER_INBOX.idFromName(owner));
        await withTimeout(inbox.losePushAddress(place), LOSE_TIMEOUT_MS, 'losePushAddress');
      }
      kv.put('owner', userId);
    });
  }

  release(userId: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.ctx.storage.kv.get<string>('owner') === userId) await this.ctx.storage.deleteAll();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
