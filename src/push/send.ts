/** One notification to one address, in two steps, so that a test can say which of them failed. Nothing here throws. */
import type { PushAddress } from '../../protocol/devices.ts';
import type { PushPayload } from '../../durable/user-inbox/push-api.ts';
import { withTimeout } from '../../durable/kit/calls.ts';
import type { Env } from '../env.ts';
import { apns } from './apns.ts';
import { fcm } from './fcm.ts';
import { later, unprepared, type Answer, type Prepared, type Provider } from './provider.ts';
import { webPush } from './web-push.ts';

/** Of each of the two steps. */
const TIMEOUT_MS = 10_000;

export async function send(address: PushAddress, payload: PushPayload, env: Env, now: () => number): Promise<Answer> {
  const prepared = await prepare(address, payload, env, now());
  return prepared.ok ? post(address, prepared.request, env, now) : prepared.answer;
}

export async function prepare(address: PushAddress, payload: PushPayload, env: Env, now: number): Promise<Prepared> {
  try {
    return await withTimeout(preparedBy(address, payload, env, now), TIMEOUT_MS, 'prepare');
  } catch (error) {
    return unprepared(later(`could not be prepared: ${nameOf(error)}`, null, now));
  }
}

function preparedBy(address: PushAddress, payload: PushPayload, env: Env, now: number): Promise<Prepared> {
  switch (address.kind) {
    case 'web':
      return webPush.prepare(address, payload, env, now);
    case 'fcm':
      return fcm.prepare(address, payload, env, now);
    case 'apns':
      return apns.prepare(address, payload, env, now);
  }
}

export async function post({ kind }: PushAddress, request: Request, env: Env, now: () => number): Promise<Answer> {
  const abort = new AbortController();
  // Cleared: `AbortSignal.timeout` would keep running after the answer.
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(request, { signal: abort.signal });
    return await judges[kind](response, request, env, now());
  } catch (error) {
    const answer = later(`the provider could not be reached: ${nameOf(error)}`, null, now());
    return abort.signal.aborted && answer.outcome === 'later' ? { ...answer, hung: true } : answer;
  } finally {
    clearTimeout(timer);
  }
}

const judges: Record<PushAddress['kind'], Provider<never>['judge']> = { web: webPush.judge, fcm: fcm.judge, apns: apns.judge };

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'Error');
