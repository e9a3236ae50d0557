/** Four kinds of tests: pure logic in Node, objects in workerd, seeded simulations, the app in Chromium. */
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

const migrations = await readD1Migrations('migrations');

const inWorkerd = (name: string, files: { include: string[]; exclude?: string[] }, vars: Record<string, string>) => ({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: { bindings: { MIGRATIONS: migrations, AUTH_SECRET: 'a secret for tests, and for nothing else at all', ...vars } },
    }),
  ],
  test: {
    name,
    ...files,
    // One runtime for all files; set-up.ts empties its storage before each.
    isolate: false,
    testTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    setupFiles: ['test/workers/set-up.ts'],
    deps: { optimizer: { ssr: { enabled: true, include: ['itty-durable'] } } },
  },
});

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', isolate: false, include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      inWorkerd('workers', { include: ['test/workers/**/*.test.ts'], exclude: ['test/workers/requests/**'] }, {}),
      // The same Worker where strangers ask first.
      inWorkerd('requests', { include: ['test/workers/requests/**/*.test.ts'] }, { CONTACT_POLICY: 'requests' }),
      { test: { name: 'simulation', include: ['test/simulation/**/*.test.ts'], testTimeout: 120_000 } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/set-up.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          expect: { poll: { timeout: 15_000 } },
        },
      },
    ],
  },
});
