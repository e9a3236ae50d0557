/** The web app's files. A file whose name holds a hash never changes; the page that names them is asked for each time. */
import { changesState, type AppContext } from './context.ts';
import { notFound } from './problems.ts';

const HASHED = /^\/assets\/.+-[\w-]{8,}\.\w+$/;

export async function serveAssets(c: AppContext): Promise<Response> {
  if (changesState(c)) return notFound(c);
  const asset = await c.env.ASSETS.fetch(c.req.raw);
  const headers = new Headers(asset.headers);
  const isPage = headers.get('content-type')?.startsWith('text/html') ?? false;
  // An unknown path is answered with the page: a script that is gone must not look like one.
  if (isPage && c.req.path.startsWith('/assets/')) return notFound(c);
  if (asset.ok && HASHED.test(c.req.path)) headers.set('cache-control', 'public, max-age=31536000, immutable');
  else if (isPage) headers.set('cache-control', 'no-cache');
  return new Response(asset.body, { status: asset.status, headers });
}
