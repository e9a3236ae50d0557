/**
 * The push service of a replay: it listens on this machine, hands out subscriptions, and remembers
 * when each notification came. It knows neither conversations nor what is right.
 */
import { serve } from '../push/serve.ts';
import { UNKNOWN, WebPushService, type Received } from '../push/web-push-service.ts';
import type { WebSubscription } from '../../protocol/devices.ts';

export interface Notification extends Received {
  at: number;
}

export interface PushDesk {
  origin: string;
  subscribe(): WebSubscription;
  /** Those of conversations; a test has none. */
  received(subscription: WebSubscription): Notification[];
  /** What no push service would have taken; those for subscriptions of earlier runs left out. */
  refusals(): string[];
  close(): Promise<void>;
}

/** Rejects when the port is taken. */
export async function openPushDesk(port: number, now: () => number): Promise<PushDesk> {
  const service = new WebPushService();
  const arrivals = new Map<Received, number>();
  const subscriptions: WebSubscription[] = [];
  const handle = async (request: Request): Promise<Response> => {
    const response = await service.handle(request);
    for (const received of subscriptions.flatMap((one) => service.received(one)))
      if (!arrivals.has(received)) arrivals.set(received, now());
    return response;
  };
  const server = await serve({ handle }, port);
  return {
    origin: server.origin,
    subscribe() {
      const subscription = service.subscribe();
      subscriptions.push(subscription);
      return subscription;
    },
    received: (subscription) =>
      service
        .received(subscription)
        .filter(({ payload }) => payload.conversation_id !== '')
        .map((received) => ({ ...received, at: arrivals.get(received) ?? now() })),
    refusals: () => service.refusals.filter((why) => why !== UNKNOWN),
    close: () => server.close(),
  };
}
