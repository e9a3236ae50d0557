/**
 * Checks of what a request brings, against the same schemas that make the document.
 * Invariants: a refusal names paths and rules, never the input; a bad request changes nothing.
 */
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { uniqueSymbol, validator } from 'hono-openapi';
import type { $ZodType } from 'zod/v4/core';
import type { Problem } from '../../protocol/errors.ts';
import type { App, AppContext } from './context.ts';
import { refused } from './problems.ts';

export const BODY_BYTES_MAX = 1024 * 1024;

export const limitBody: MiddlewareHandler<App> = bodyLimit({
  maxSize: BODY_BYTES_MAX,
  onError: (_c: AppContext) => refused({ code: 'too_large', detail: `A body has at most ${BODY_BYTES_MAX} bytes.` }),
});

/** `optional`: no body at all, or none in it, is as good as an empty object. */
export function body<Schema extends $ZodType>(schema: Schema, { optional = false } = {}) {
  const validate = validator('json', schema, explain);
  type Validate = typeof validate;
  const checkedFirst: Validate = async (c, next) => {
    if (optional && (await c.req.text()) === '') {
      c.req.addValidatedData('json', {});
      return next();
    }
    if (!isJson(c.req.header('content-type'))) {
      return refused({ code: 'unsupported_media', detail: 'Send the body as application/json.' });
    }
    return validate(c, next);
  };
  // The document is made from what hono-openapi hangs on its middleware.
  return Object.assign(checkedFirst, { [uniqueSymbol]: Reflect.get(validate, uniqueSymbol) as unknown });
}

export const query = <Schema extends $ZodType>(schema: Schema) => validator('query', schema, explain);

export const param = <Schema extends $ZodType>(schema: Schema) => validator('param', schema, explain);

export const isJson = (contentType: string | undefined): boolean => /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType ?? '');

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  /** zod's own, beyond the standard schema. */
  readonly params?: { readonly code?: unknown } | undefined;
}
type Validated = { success: true } | { success: false; error: readonly Issue[] };

function explain(result: Validated & { target: string }): Response | undefined {
  if (result.success) return undefined;
  const issues = issuesOf(result.error);
  const tooLarge = result.error.some((issue) => issue.params?.code === 'too_large');
  const where = { json: 'body', query: 'query', param: 'path' }[result.target] ?? result.target;
  return refused({ code: tooLarge ? 'too_large' : 'bad_request', detail: `The ${where} does not have the right form.` }, { issues });
}

/** Some checks say the same twice. */
function issuesOf(found: readonly Issue[]): NonNullable<Problem['issues']> {
  const byWords = new Map(found.map((issue) => [`${pathOf(issue)} ${issue.message}`, { path: pathOf(issue), message: issue.message }]));
  return [...byWords.values()].slice(0, ISSUES_MAX);
}

const ISSUES_MAX = 20;

const pathOf = (issue: Issue): string => (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
