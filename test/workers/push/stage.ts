/**
 * The whole path in workerd, with the providers' stand-ins in the same isolate: `fetch` to a provider's
 * origin is answered there. What the queue is given is kept here, and handed to the consumer by the test.
 */
import { createExecutionContext, createMessageBatch, getQueueResult, runInDurableObject } from 'cloudflare:test';
import { vi } from 'vitest';
import type { PushAddress } from '../../../protocol/devices.ts';
import type { PushJob } from '../../../durable/user-inbox/push-api.ts';
import type { UserInbox } from '../../../durable/user-inbox/object.ts';
import type { Env } from '../../../src/env.ts';
import worker from '../../../src/index.ts';
import { ApnsService } from '../../support/push/apns-service.ts';
import { FcmService } from '../../support/push/fcm-service.ts';
import { makeVapidKey } from '../../support/push/vapid-key.ts';
import { WebPushService } from '../../../scripts/push/web-push-service.ts';
import { wholeEnv } from '../accounts/support.ts';
import { makeRoom, textFrame, uuid, type Room } from '../conversation/room.ts';

const ORIGINS = { WEB_PUSH_ORIGIN: 'http://web-push.test', FCM_ORIGIN: 'http://fcm.test', APNS_ORIGIN: 'http://apns.test' };

export interface Queued {
  job: PushJob;
  delaySeconds: number;
}

export interface Stage {
  env: Env;
  web: WebPushService;
  fcm: FcmService;
  apns: ApnsService;
  queued: Queued[];
  /** Where requests went that went nowhere. */
  astray: string[];
}

export async function makeStage(): Promise<Stage> {
  const [web, fcm, apns] = [new WebPushService(), await FcmService.start(), await ApnsService.start()];
  const env = wholeEnv({
    ...ORIGINS,
    VAPID_PRIVATE_KEY: await makeVapidKey(),
    VAPID_SUBJECT: 'mailto:operator@natter.chat',
    FCM_SERVICE_ACCOUNT: await fcm.serviceAccount(),
    ...(await apns.settings()),
  });
  await runInDurableObject(signer(env), (object) => void Reflect.set(object, 'env', env));
  const queued: Queued[] = [];
  const queue = Object.getPrototypeOf(env.PUSH_QUEUE) as Queue<PushJob>;
  vi.spyOn(queue, 'send').mockImplementation((job, options) => {
    queued.push({ job, delaySeconds: options?.delaySeconds ?? 0 });
    return Promise.resolve({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } } as QueueSendResponse);
  });
  const astray: string[] = [];
  const services: Record<string, { handle(request: Request): Promise<Response> }> = {
    [ORIGINS.WEB_PUSH_ORIGIN]: web,
    [ORIGINS.FCM_ORIGIN]: fcm,
    [ORIGINS.APNS_ORIGIN]: apns,
  };
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const service = services[new URL(request.url).origin];
    if (service !== undefined) return service.handle(request);
    astray.push(request.url);
    return new Response(null, { status: 599 });
  });
  return { env, web, fcm, apns, queued, astray };
}

/** The object that signs for Apple. */
export const signer = ({ PROVIDER_TOKEN }: Env) => PROVIDER_TOKEN.get(PROVIDER_TOKEN.idFromName('apns'));

/** What a provider refused of our making, and requests that went elsewhere. */
export const complaints = ({ web, fcm, apns, astray }: Stage): string[] => [...web.refusals, ...fcm.refusals, ...apns.refusals, ...astray];

const inboxes = wholeEnv().USER_INBOX as unknown as DurableObjectNamespace<UserInbox>;
export const inboxOf = (userId: string): DurableObjectStub<UserInbox> => inboxes.get(inboxes.idFromName(userId));

/** A session nobody ends. */
export const newSession = () => ({ session_id: uuid(), expires_at: Date.now() + 3_600_000 });

/** A device of the user with an address. */
export async function addDevice(userId: string, address: PushAddress, device_id = uuid()): Promise<string> {
  const put = await inboxOf(userId).putPushAddress(newSession(), device_id, address);
  if (!put.ok) throw new Error(put.refusal.detail);
  return device_id;
}

export interface Pair {
  room: Room;
  ann: string;
  ben: string;
}

/** Ann writes, Ben is to be notified. */
export async function pair(size = 2, creator?: string): Promise<Pair> {
  const room = await makeRoom(size, creator === undefined ? {} : { creator_id: creator });
  const [ann, ben] = room.users;
  return { room, ann: ann!, ben: ben! };
}

/** Ann writes, and Ben's inbox has heard of it. @returns the message's number */
export async function say({ room, ann, ben }: Pair, content: string): Promise<number> {
  const stored = await room.stub().submit(ann, textFrame(content));
  if (!stored.ok) throw new Error(stored.refusal.detail);
  const { message_id } = stored.value;
  await vi.waitUntil(async () => (await lastHeard(ben, room.id)) >= message_id);
  return message_id;
}

/** Ann writes again, and Ben's inbox hears of it now: to one who is away the conversation would take its time. */
export async function sayMore({ room, ann, ben }: Pair, content: string): Promise<void> {
  await room.stub().submit(ann, textFrame(content));
  const delivery = await room.stub().exact(ben, { live: false });
  await inboxOf(ben).deliver(delivery!);
}

const lastHeard = (userId: string, conversationId: string): Promise<number> =>
  runInDurableObject(inboxOf(userId), (_object, { storage }) => {
    const tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'conversations'").toArray();
    if (tables.length === 0) return 0;
    const rows = storage.sql.exec('SELECT last_message_id FROM conversations WHERE conversation_id = ?', conversationId).toArray();
    return Number(rows[0]?.['last_message_id'] ?? 0);
  });

/** Hands these to the consumer, as one batch. */
export async function consume(
  env: Env,
  bodies: readonly unknown[],
  { queue = 'natter-push', attempts = 1, onAck = () => undefined as void } = {},
) {
  const messages = bodies.map((body) => ({ id: uuid(), timestamp: new Date(), attempts, body }));
  const batch = createMessageBatch(queue, messages);
  const delays: (number | undefined)[] = [];
  for (const message of batch.messages) {
    const [retry, ack] = [message.retry.bind(message), message.ack.bind(message)];
    vi.spyOn(message, 'ack').mockImplementation(() => {
      onAck();
      ack();
    });
    vi.spyOn(message, 'retry').mockImplementation((options) => {
      delays.push(options?.delaySeconds);
      retry(options);
    });
  }
  const context = createExecutionContext();
  await worker.queue(batch, env);
  const { explicitAcks, retryMessages } = await getQueueResult(batch, context);
  return { acked: explicitAcks.length, retried: retryMessages.length, delays };
}
