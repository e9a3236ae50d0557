/**
 * Words of the OpenAPI document: what a route says about itself, and what all share.
 * Knows the schemas of the wire by name; does not know the routes.
 */
import { describeRoute, resolver } from 'hono-openapi';
import type { $ZodType } from 'zod/v4/core';
import { ERRORS, PROBLEM_MEDIA_TYPE, type ErrorCode } from '../../protocol/errors.ts';
import { problemSchema } from './schemas.ts';

export interface Operation {
  summary: string;
  description?: string;
  tag: string;
  /** Status → what it means, and its body if it has one. */
  answers: Partial<Record<number, readonly [meaning: string, schema?: $ZodType]>>;
  /** Codes beyond those that every route may answer. */
  refusals?: readonly ErrorCode[];
  /** No session needed. */
  open?: boolean;
}

/** Only for bodies that no `body(schema)` of ours describes. */
export type RequestBody = NonNullable<Parameters<typeof describeRoute>[0]['requestBody']>;

/** Put before the handler: `app.get(path, describe({…}), param(…), requireSession, handler)`. */
export function describe(operation: Operation, requestBody?: RequestBody) {
  const codes: ErrorCode[] = [
    'bad_request',
    'internal',
    'unavailable',
    ...(operation.open ? [] : OF_SESSIONS),
    ...(operation.refusals ?? []),
  ];
  return describeRoute({
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    tags: [operation.tag],
    ...(requestBody === undefined ? {} : { requestBody }),
    security: operation.open ? [] : [{ bearer: [] }, { cookie: [] }],
    responses: { ...answersOf(operation), ...refusalsOf(codes) },
  });
}

const OF_SESSIONS: readonly ErrorCode[] = ['unauthenticated', 'rate_limited', 'conflict'];

const answersOf = ({ answers }: Operation) =>
  Object.fromEntries(
    Object.entries(answers).flatMap(([status, answer]) => {
      if (answer === undefined) return [];
      const [description, schema] = answer;
      return [
        [status, schema === undefined ? { description } : { description, content: { 'application/json': { schema: resolver(schema) } } }],
      ];
    }),
  );

/** Codes with the same status share one answer. */
function refusalsOf(codes: readonly ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join('; '),
        content: { [PROBLEM_MEDIA_TYPE]: { schema: resolver(problemSchema) } },
      },
    ]),
  );
}
