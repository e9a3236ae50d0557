/**
 * The wire as JSON Schema, kept beside its version. When this fails, the contract has changed: write it down in
 * docs/protocol.md, raise PROTOCOL_VERSION if old clients break, and only then update the snapshot.
 */
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import * as accounts from '../../../protocol/accounts.ts';
import { clientFrame, sendBody } from '../../../protocol/client-frames.ts';
import * as conversations from '../../../protocol/conversations.ts';
import * as devices from '../../../protocol/devices.ts';
import { CLOSE, ERRORS, problem } from '../../../protocol/errors.ts';
import * as inbox from '../../../protocol/inbox.ts';
import { serverFrame } from '../../../protocol/server-frames.ts';
import { PROTOCOL_VERSION } from '../../../protocol/version.ts';

type Schemas = Record<string, z.ZodMiniType>;
const schemasOf = (module: object): Schemas =>
  Object.fromEntries(Object.entries(module).filter((entry): entry is [string, z.ZodMiniType] => entry[1] instanceof z.ZodMiniType));

const wire: Schemas = {
  clientFrame,
  serverFrame,
  sendBody,
  ...schemasOf(accounts),
  ...schemasOf(conversations),
  ...schemasOf(devices),
  ...schemasOf(inbox),
};
const asJson = (io: 'input' | 'output') =>
  Object.fromEntries(Object.entries(wire).map(([name, schema]) => [name, z.toJSONSchema(schema, { io, unrepresentable: 'any' })]));

describe(`the wire, version ${PROTOCOL_VERSION}`, () => {
  it('has these shapes', async () => {
    const shapes = { version: PROTOCOL_VERSION, input: asJson('input'), output: asJson('output') };
    await expect(`${JSON.stringify(shapes, null, 1)}\n`).toMatchFileSnapshot(`../../golden/wire-v${PROTOCOL_VERSION}.json`);
  });

  it('has these codes', () => {
    expect({
      errors: Object.fromEntries(Object.entries(ERRORS).map(([code, { status, retry }]) => [code, `${status} ${retry}`])),
      close: CLOSE,
    }).toEqual({
      errors: {
        bad_request: '400 never',
        unauthenticated: '401 never',
        forbidden: '403 never',
        not_found: '404 never',
        conflict: '409 never',
        stale: '409 after_sync',
        gone: '410 never',
        too_large: '413 never',
        unsupported_media: '415 never',
        rate_limited: '429 later',
        internal: '500 later',
        unavailable: '503 later',
      },
      close: {
        restart: 1012,
        too_slow: 1013,
        credentials_ended: 4401,
        not_a_member: 4403,
        heartbeat_lost: 4408,
        replaced: 4409,
        frame_too_large: 4413,
        flooding: 4429,
      },
    });
  });

  it('a problem carries the code in its type, and what the refusal knows', () => {
    expect(problem({ code: 'rate_limited', detail: 'slowly', retry_after: 3 }, { error_id: 'e' })).toEqual({
      type: 'urn:natter:error:rate_limited',
      title: 'Too many requests',
      status: 429,
      detail: 'slowly',
      code: 'rate_limited',
      retry_after: 3,
      error_id: 'e',
    });
  });
});
