/**
 * The Worker's HTTP surface: what every request passes, then the routes.
 * Unknown addresses under /v1 are problems; everything else is the web app's.
 */
import { Hono } from 'hono';
import { authRoutes } from './auth/routes.ts';
import { serveAssets } from './http/assets.ts';
import type { App } from './http/context.ts';
import { standardHeaders } from './http/headers.ts';
import { requestLog } from './http/log.ts';
import { allowListedOrigins, checkOrigin } from './http/origin.ts';
import { notFound, onError } from './http/problems.ts';
import { limitBody } from './http/validation.ts';
import { blocks } from './routes/blocks.ts';
import { contacts } from './routes/contacts.ts';
import { consent } from './routes/consent.ts';
import { conversations } from './routes/conversations.ts';
import { devices } from './routes/devices.ts';
import { docsOf } from './routes/docs.ts';
import { health } from './routes/health.ts';
import { inbox } from './routes/inbox.ts';
import { internal } from './routes/internal.ts';
import { me } from './routes/me.ts';
import { members } from './routes/members.ts';
import { messages } from './routes/messages.ts';
import { push } from './routes/push.ts';
import { socket } from './routes/socket.ts';
import { tickets } from './routes/tickets.ts';
import { users } from './routes/users.ts';

export const app = new Hono<App>({ strict: false });

app.onError(onError);
app.notFound((c) => (/^\/(v1|healthz)(\/|$)/.test(c.req.path) ? notFound(c) : serveAssets(c)));

app.use(requestLog, standardHeaders);
app.use('/v1/*', allowListedOrigins, checkOrigin, limitBody);

app.route('/', health);
app.route('/v1', authRoutes);
app.route('/v1', me);
app.route('/v1', users);
app.route('/v1', contacts);
app.route('/v1', blocks);
app.route('/v1', tickets);
app.route('/v1', conversations);
app.route('/v1', members);
app.route('/v1', consent);
app.route('/v1', messages);
app.route('/v1', socket);
app.route('/v1', inbox);
app.route('/v1', devices);
app.route('/v1', push);
app.route('/v1', internal);
// Last: the document is made from the routes above.
app.route('/v1', docsOf(app));
