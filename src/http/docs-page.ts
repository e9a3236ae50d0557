/** The OpenAPI document as one page of plain HTML: no script, nothing from elsewhere, all text escaped. */
import { html, raw } from 'hono/html';
import type { generateSpecs } from 'hono-openapi';

export type Document = Awaited<ReturnType<typeof generateSpecs>>;

export function docsPage(document: Document) {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item?.[method];
      return operation === undefined ? [] : [{ method, path, operation }];
    }),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? 'Other'))];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${document.info.title} API</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>${document.info.title} API, version ${document.info.version}</h1>
          <p>${document.info.description ?? ''} <a href="/v1/openapi.json">openapi.json</a></p>
          ${tags.map(
            (tag) =>
              html`<h2>${tag}</h2>
                ${operations.filter(({ operation }) => (operation.tags?.[0] ?? 'Other') === tag).map(section)}`,
          )}
          <h2>Schemas</h2>
          ${Object.entries(document.components?.schemas ?? {}).map(
            ([name, schema]) =>
              html`<details id="${name}">
                <summary>${name}</summary>
                ${json(schema)}
              </details>`,
          )}
        </main>
      </body>
    </html>`;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
type Operation = NonNullable<NonNullable<NonNullable<Document['paths']>[string]>['get']>;

const section = ({ method, path, operation }: { method: string; path: string; operation: Operation }) => html`
  <details>
    <summary><b>${method.toUpperCase()}</b> <code>${path}</code> ${operation.summary ?? ''}</summary>
    <p>${operation.description ?? ''}${operation.security?.length === 0 ? ' No session needed.' : ''}</p>
    ${
      (operation.parameters?.length ?? 0) > 0
        ? html`<h3>Parameters</h3>
            ${json(operation.parameters)}`
        : ''
    }
    ${
      operation.requestBody === undefined
        ? ''
        : html`<h3>Body</h3>
            ${json(operation.requestBody)}`
    }
    <h3>Answers</h3>
    <dl>
      ${Object.entries(operation.responses ?? {}).map(
        ([status, answer]) =>
          html`<dt>${status}</dt>
            <dd>${describedBy(answer)}</dd>`,
      )}
    </dl>
  </details>
`;

function describedBy(answer: NonNullable<Operation['responses']>[string]) {
  if ('$ref' in answer) return html`${answer.$ref}`;
  const schema = Object.values(answer.content ?? {})[0]?.schema;
  const name = schema !== undefined && '$ref' in schema ? schema.$ref.split('/').at(-1) : undefined;
  const link = name === undefined ? (schema === undefined ? '' : json(schema)) : html` <a href="#${name}">${name}</a>`;
  return html`${answer.description}${link}`;
}

const json = (value: unknown) => html`<pre>${JSON.stringify(value, null, 2)}</pre>`;

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 52rem; margin: 0 auto; padding: 1rem; }
summary { cursor: pointer; padding: 0.25rem 0; }
details { border-top: 1px solid color-mix(in srgb, currentcolor 20%, transparent); }
pre { overflow-x: auto; font-size: 0.8rem; padding: 0.5rem; background: color-mix(in srgb, currentcolor 8%, transparent); }
dt { font-weight: 600; }
`;
