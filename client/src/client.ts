/** The client as a whole: one user on one device. */
import type { Client, ClientOptions } from './types.ts';

export function createClient(_options: ClientOptions): Client {
  throw new Error('under construction');
}
