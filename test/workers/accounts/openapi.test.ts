/** The document says what the app does: every route is in it, and every reference resolves. */
import { describe, expect, it } from 'vitest';
import { app } from '../../../src/app.ts';
import { call, testEnv } from './support.ts';

type Json = Record<string, unknown>;
interface Operation {
  operationId: string;
  summary?: string;
  tags?: string[];
  parameters?: { name: string; in: string; required?: boolean; schema?: Json }[];
  requestBody?: { content: Record<string, { schema?: Json }> };
  responses: Record<string, { description?: string; content?: Record<string, { schema?: Json }> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json>; securitySchemes: Record<string, Json> };
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const documentOf = async (): Promise<Document> => (await call(testEnv().env, '/v1/openapi.json')).json<Document>();
/** Sockets are no HTTP operations of this document only if they describe themselves as such. */
const routes = () =>
  app.routes
    .filter(({ method, path }) => METHODS.includes(method.toLowerCase()) && !path.includes('*'))
    // An operator's commands do not exist for anybody else.
    .filter(({ path }) => !path.startsWith('/v1/internal/'))
    .map(({ method, path }) => `${method} ${path}`);

const operationsOf = (document: Document): [string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
  );

function* refsIn(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* refsIn(item);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === '$ref') yield String(inner);
      else yield* refsIn(inner);
    }
  }
}

describe('the OpenAPI document', () => {
  it('names every route of the app, and no other', async () => {
    const document = await documentOf();
    const written = operationsOf(document).map(([name]) => name);
    const asWritten = (route: string) => {
      const [method = '', path = ''] = route.split(' ');
      return `${method.toLowerCase()} ${path.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`;
    };
    expect(written.toSorted()).toEqual([...new Set(routes().map(asWritten))].toSorted());
  });

  it('is OpenAPI 3.1 whose references all resolve', async () => {
    const document = await documentOf();
    expect(document.openapi).toMatch(/^3\.1\./);
    for (const ref of refsIn(document)) {
      const name = ref.replace('#/components/schemas/', '');
      expect(Object.keys(document.components.schemas), ref).toContain(name);
    }
  });

  it('says of every operation what it is and how it may end', async () => {
    for (const [name, operation] of operationsOf(await documentOf())) {
      expect(operation.summary, name).toMatch(/\S/);
      expect(operation.tags, name).toHaveLength(1);
      const statuses = Object.keys(operation.responses);
      expect(
        statuses.some((status) => /^[123]/.test(status)),
        name,
      ).toBe(true);
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(response.description, `${name} ${status}`).toMatch(/\S/);
        if (response.content === undefined) continue;
        for (const { schema } of Object.values(response.content)) expect(schema, `${name} ${status}`).toBeTypeOf('object');
        const problem = response.content['application/problem+json'];
        if (problem !== undefined) expect(problem.schema).toEqual({ $ref: '#/components/schemas/Problem' });
      }
    }
  });

  it('has a schema for every parameter in a path, and for every body', async () => {
    for (const [name, operation] of operationsOf(await documentOf())) {
      const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      const described = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(described.map((parameter) => parameter.name).toSorted(), name).toEqual(inPath.toSorted());
      for (const parameter of operation.parameters ?? []) expect(parameter.schema, `${name} ${parameter.name}`).toBeTypeOf('object');
      if (operation.requestBody !== undefined) {
        for (const { schema } of Object.values(operation.requestBody.content)) expect(Object.keys(schema ?? {}), name).not.toEqual([]);
      }
    }
  });

  it('gives every operation an id of its own', async () => {
    const ids = operationsOf(await documentOf()).map(([, operation]) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has no example, default or text that comes from a request', async () => {
    const response = await call(testEnv().env, '/v1/openapi.json?x=<script>', { headers: { 'user-agent': '<script>' } });
    expect(await response.text()).not.toContain('<script>');
  });
});

describe('the page for readers', () => {
  it('shows every operation, and runs no script', async () => {
    const response = await call(testEnv().env, '/v1/docs');
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
    const page = await response.text();
    expect(page).not.toMatch(/<script|https?:\/\/(?!.*example)[^"'\s]*\.(js|css)/);
    for (const path of Object.keys((await documentOf()).paths)) expect(page).toContain(`<code>${path}</code>`);
  });
});
