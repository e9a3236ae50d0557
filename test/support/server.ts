/**
 * The real local server, as `npm start` runs it, on a free port and with a state
 * folder of its own. It is its own process group, so that nothing of it outlives the test.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RunningServer {
  url: string;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 110_000;
const ROOT = join(import.meta.dirname, '..', '..');

/** @param vars what `npm start` is told besides */
export async function startServer(vars: Record<string, string> = {}): Promise<RunningServer> {
  const port = await freePort();
  const stateDir = await mkdtemp(join(tmpdir(), 'natter-e2e-'));
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: ROOT,
    detached: true,
    env: { ...process.env, PORT: String(port), STATE_DIR: stateDir, LIMITS: 'relaxed', ...vars },
    // The channel ends with this process, however it ends, and the server with the channel.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const url = `http://localhost:${port}`;
  const stop = async () => {
    await end(child);
    await rm(stateDir, { recursive: true, force: true });
  };
  try {
    await answering(`${url}/healthz`, child);
  } catch (cause) {
    await stop();
    throw new Error(`the server did not start:\n${said.join('')}`, { cause });
  }
  return { url, stop };
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const giveUp = AbortSignal.timeout(START_LIMIT_MS);
  while (child.exitCode === null) {
    giveUp.throwIfAborted();
    const answer = await fetch(url, { signal: giveUp }).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`it ended with ${child.exitCode}`);
}

/** Asks it to end, as Ctrl-C does, and its whole group at once if it does not. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), 15_000);
  await gone;
  clearTimeout(force);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
