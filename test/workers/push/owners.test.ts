/** [B4] A push address belongs to one user, the last who registered it: through the Worker, and in its object. */
import { runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PushAddress as AddressObject } from '../../../durable/push-address.ts';
import { secretPlaceOf } from '../../../durable/user-inbox/devices/address.ts';
import { UserInbox } from '../../../durable/user-inbox/object.ts';
import { sha256 } from '../../../durable/kit/hash.ts';
import type { Device, PushAddress } from '../../../protocol/devices.ts';
import { call, problemOf, signUp, type Person } from '../accounts/support.ts';
import { uuid } from '../conversation/room.ts';
import { consume, inboxOf, makeStage, type Stage } from './stage.ts';

let stage: Stage;
let ann: Person;
let ben: Person;
beforeEach(async () => {
  stage = await makeStage();
  [ann, ben] = [await signUp(stage.env), await signUp(stage.env)];
});
afterEach(() => vi.restoreAllMocks());

const put = (person: Person, address: PushAddress, device = uuid()): Promise<Response> =>
  call(stage.env, `/v1/devices/${device}/push`, { method: 'PUT', token: person.token, body: address });
const pushOf = async (person: Person): Promise<(string | null)[]> => {
  const listed = await call(stage.env, '/v1/devices', { token: person.token });
  return (await listed.json<{ devices: Device[] }>()).devices.map(({ push }) => push);
};
const web = (): PushAddress & { kind: 'web' } => ({ kind: 'web', subscription: stage.web.subscribe() });
const objectOf = async (address: PushAddress): Promise<DurableObjectStub<AddressObject>> => {
  const objects = stage.env.PUSH_ADDRESS as unknown as DurableObjectNamespace<AddressObject>;
  return objects.get(objects.idFromName(await sha256(secretPlaceOf(address))));
};
const ownerOf = async (address: PushAddress): Promise<unknown> =>
  runInDurableObject(await objectOf(address), (_object, { storage }) => storage.kv.get('owner') ?? null);

describe('[B4] two users of one browser, one after the other', () => {
  it('only the last gets its notifications, though the first never signed out', async () => {
    const address = web();
    expect((await put(ann, address)).status).toBe(200);
    expect((await put(ben, address)).status).toBe(200);
    expect([await pushOf(ann), await pushOf(ben)]).toEqual([[null], ['web']]);
    const writer = await signUp(stage.env);
    for (const reader of [ann, ben]) {
      const opened = await call(stage.env, '/v1/conversations', {
        token: writer.token,
        body: { kind: 'direct', user_id: reader.user_id },
      });
      const { conversation_id } = await opened.json<{ conversation_id: string }>();
      const said = { global_id: uuid(), type: 'text', content: 'a secret' };
      const sent = await call(stage.env, `/v1/conversations/${conversation_id}/messages`, { token: writer.token, body: said });
      expect([opened.status, sent.status]).toEqual([201, 201]);
    }
    await expect.poll(() => stage.queued.map(({ job }) => job.user_id)).toEqual([ben.user_id]);
    await consume(
      stage.env,
      stage.queued.map(({ job }) => job),
    );
    expect(stage.web.received(address.subscription)).toHaveLength(1);
  });

  it('an app’s token goes to the last too', async () => {
    const address: PushAddress = { kind: 'fcm', token: stage.fcm.register() };
    for (const person of [ann, ben, ann]) expect((await put(person, address)).status).toBe(200);
    expect([await pushOf(ann), await pushOf(ben)].map((all) => all.filter((push) => push !== null))).toEqual([['fcm'], []]);
    expect(await ownerOf(address)).toBe(ann.user_id);
  });
});

describe('[B4] who knows an endpoint alone', () => {
  it('takes nothing from its owner, and keeps nobody out who comes later', async () => {
    const subscription = stage.web.subscribe();
    const guessed: PushAddress = { kind: 'web', subscription: { ...subscription, keys: { ...subscription.keys, auth: 'A'.repeat(22) } } };
    const true_: PushAddress = { kind: 'web', subscription };
    const eve = await signUp(stage.env);
    expect((await put(ann, true_)).status).toBe(200);
    expect((await put(eve, guessed)).status).toBe(200);
    expect(await pushOf(ann)).toEqual(['web']);
    expect((await put(ben, true_)).status).toBe(200);
    expect([await pushOf(ann), await pushOf(ben)]).toEqual([[null], ['web']]);
  });
});

describe('[B4] the object of an address', () => {
  it('[budget] writes a row for a new owner, and none when the same registers it again', async () => {
    const address = web();
    const device = uuid();
    await put(ann, address, device);
    const stub = await objectOf(address);
    const puts = await runInDurableObject(stub, (_object, { storage }) =>
      vi.spyOn(Object.getPrototypeOf(storage.kv) as SyncKvStorage, 'put'),
    );
    await put(ann, address, device);
    expect(puts).not.toHaveBeenCalled();
    await put(ben, address);
    expect(puts).toHaveBeenCalledTimes(1);
  });

  it('forgets its owner when the device goes, signs out, or gives it back, and not another who has it by then', async () => {
    const addresses = [web(), web(), web()];
    const device = uuid();
    await put(ann, addresses[0]!, device);
    await call(stage.env, `/v1/devices/${device}/push`, { method: 'DELETE', token: ann.token });
    await put(ann, addresses[1]!, device);
    await call(stage.env, `/v1/devices/${device}`, { method: 'DELETE', token: ann.token });
    await put(ben, addresses[2]!);
    await call(stage.env, '/v1/auth/sign-out', { method: 'POST', token: ben.token });
    for (const address of addresses) await expect.poll(() => ownerOf(address)).toBeNull();
    const carl = await signUp(stage.env);
    await put(carl, addresses[0]!);
    await (await objectOf(addresses[0]!)).release(ann.user_id);
    expect(await ownerOf(addresses[0]!)).toBe(carl.user_id);
  });

  it('gives it to nobody while its owner cannot be told', async () => {
    const address = web();
    await put(ann, address);
    vi.spyOn(UserInbox.prototype, 'losePushAddress').mockImplementationOnce(() => Promise.reject(new Error('down')));
    const refused = await put(ben, address);
    expect([refused.status, (await problemOf(refused)).code]).toEqual([503, 'unavailable']);
    expect([await pushOf(ann), await ownerOf(address)]).toEqual([['web'], ann.user_id]);
    expect((await put(ben, address)).status).toBe(200);
    expect((await inboxOf(ann.user_id).devices('')).map(({ push }) => push)).toEqual([null]);
  });
});
