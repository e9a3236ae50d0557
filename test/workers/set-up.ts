/** Before each file of tests in workerd: D1 has its tables. Without them every conversation would try again and again to be archived. */
import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll } from 'vitest';

const { DB, MIGRATIONS } = env as unknown as { DB: D1Database; MIGRATIONS: D1Migration[] };
beforeAll(() => applyD1Migrations(DB, MIGRATIONS));
