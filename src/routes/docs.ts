/** The API's own description: the document for machines, and a page for people made from it. */
import { Hono } from 'hono';
import { generateSpecs } from 'hono-openapi';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';
import { AUTH_SCHEMAS } from '../auth/operations.ts';
import type { App } from '../http/context.ts';
import { docsPage, type Document } from '../http/docs-page.ts';
import { describe } from '../http/openapi.ts';
import { nameSchemas } from '../http/schemas.ts';

export const docsOf = (app: Hono<App>) => {
  let made: Promise<Document> | undefined;
  // Made when first asked for, and kept: by then every route stands.
  const document = () => (made ??= makeDocument(app));
  return new Hono<App>()
    .get(
      '/openapi.json',
      describe({ summary: 'This API as OpenAPI 3.1', tag: 'Operation', open: true, answers: { 200: ['The document'] } }),
      async (c) => c.json(await document(), 200, { 'cache-control': 'public, max-age=300' }),
    )
    .get('/docs', describe({ summary: 'This API for readers', tag: 'Operation', open: true, answers: { 200: ['A page'] } }), async (c) =>
      c.html(docsPage(await document()), 200, { 'cache-control': 'public, max-age=300' }),
    );
};

async function makeDocument(app: Hono<App>): Promise<Document> {
  nameSchemas(AUTH_SCHEMAS);
  return generateSpecs(app, {
    excludeStaticFile: false,
    defaultValidationErrorResponse: false,
    documentation: {
      info: {
        title: 'Natter',
        version: `${PROTOCOL_VERSION}`,
        description: 'Chat on the edge. Errors are RFC 9457 problems with a stable `code`. Sockets speak the frames of docs/protocol.md.',
      },
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description: 'The `set-auth-token` of signing in, or a JWT of the embedding application.',
          },
          cookie: { type: 'apiKey', in: 'cookie', name: 'better-auth.session_token' },
        },
      },
    },
  });
}
