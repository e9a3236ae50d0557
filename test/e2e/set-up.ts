/**
 * Before the tests in a browser: one server for every file that asks nothing special of it. Starting one
 * takes longer than most files; what the files do cannot meet, for each makes its own people.
 */
import type { TestProject } from 'vitest/node';
import { startServer } from '../support/server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    serverUrl: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  project.provide('serverUrl', server.url);
  return server.stop;
}
