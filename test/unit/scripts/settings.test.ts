/** What `npm start` makes of its environment. */
import { describe, expect, it } from 'vitest';
import { devArguments, HANDED_ON, settingsFrom } from '../../../scripts/lib/settings.mjs';

const settings = (env: Record<string, string>) => settingsFrom(env, '/project');

describe('settings', () => {
  it('have defaults', () => {
    const value = { port: 8787, stateDir: '/project/.state', vars: {} };
    expect(settings({})).toEqual({ ok: true, value });
    expect(settings({ PORT: '', STATE_DIR: '', LIMITS: '' })).toEqual({ ok: true, value });
  });

  it('take port, folder and limits, and nothing they do not know', () => {
    expect(settings({ PORT: '9000', STATE_DIR: '../elsewhere', LIMITS: 'relaxed', HOME: '/home/ann' })).toEqual({
      ok: true,
      value: { port: 9000, stateDir: '/elsewhere', vars: { LIMITS: 'relaxed' } },
    });
  });

  it.each(['0', '65536', '80.5', 'http', '-1'])('refuse the port %s in one sentence', (port) => {
    expect(settings({ PORT: port })).toEqual({ ok: false, reason: `PORT must be a whole number from 1 to 65535, not "${port}".` });
  });

  it('refuse limits that do not exist', () => {
    expect(settings({ LIMITS: 'none' })).toEqual({ ok: false, reason: 'LIMITS must be "strict" or "relaxed", not "none".' });
  });
});

describe('the command line of wrangler', () => {
  it('keeps port, state and page of two servers apart', () => {
    expect(devArguments({ port: 9000, stateDir: '/state', vars: {} })).toEqual([
      'dev',
      '--local',
      '--port=9000',
      '--inspector-port=0',
      '--persist-to=/state',
      '--assets=/state/web',
      '--show-interactive-dev-session=false',
    ]);
  });

  it('hands every variable on as it is, colons and all', () => {
    const env = Object.fromEntries(HANDED_ON.map((name) => [name, name === 'LIMITS' ? 'relaxed' : `http://localhost:1/${name}`]));
    const found = settings(env);
    if (!found.ok) throw new Error(found.reason);
    const handed = devArguments(found.value).slice(7);
    expect(handed).toEqual(Object.entries(env).flatMap(([name, value]) => ['--var', `${name}:${value}`]));
  });
});
