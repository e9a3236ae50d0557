/** Four kinds of tests: pure logic in Node, objects in workerd, seeded simulations, the app in Chromium. */
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', isolate: false, include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                MIGRATIONS: await readD1Migrations('migrations'),
                AUTH_SECRET: 'a secret for tests, and for nothing else at all',
              },
            },
          }),
        ],
        test: {
          name: 'workers',
          // One runtime for all files; set-up.ts empties its storage before each.
          isolate: false,
          testTimeout: 30_000,
          expect: { poll: { timeout: 10_000 } },
          include: ['test/workers/**/*.test.ts'],
          setupFiles: ['test/workers/set-up.ts'],
          deps: { optimizer: { ssr: { enabled: true, include: ['itty-durable'] } } },
        },
      },
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
