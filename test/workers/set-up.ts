/**
 * Before each file of tests in workerd: nothing is stored, and D1 has its tables. The files share one
 * runtime, so what one leaves behind would be another's; without tables every conversation would try
 * again and again to be archived.
 */
import { applyD1Migrations, reset, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll } from 'vitest';

const { DB, MIGRATIONS } = env as unknown as { DB: D1Database; MIGRATIONS: D1Migration[] };

beforeAll(async () => {
  await reset();
  await applyD1Migrations(DB, MIGRATIONS);
});
