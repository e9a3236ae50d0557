/**
 * `npm run demo`: fills a running server with a handful of people and what they say to each other,
 * and tells how to sign in as one of them. Running it again adds only what is missing.
 */
import { parseArgs } from 'node:util';
import { createClient, memoryStorage, NatterError } from '@natter/client';
import { perform, type Actor, type Actors } from './demo/scene.ts';
import { PEOPLE, SCENES, type Name } from './demo/story.ts';
import { enter, greet } from './replay/accounts.ts';
import { DEFAULT_URL, originOf } from './replay/options.ts';
import { eachOf, patiently } from './replay/patience.ts';

const HELP = `npm run demo [-- --url URL] [--password PASSWORD]

Fills a running server with people, conversations and messages to look at. Running it again does no harm.

  --url URL             the server (${DEFAULT_URL})
  --password PASSWORD   of the people it makes; must be given for a server that is not on this machine
`;
/** Known to everybody: for servers that only this machine reaches. */
const LOCAL_PASSWORD = 'courgette soup';
const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])$/;

const { url, password } = options();
if (!(await greet(url))) stop(`No Natter answers at ${url}. Start it with: npm start`);
const actors = await engage();
for (const scene of SCENES) {
  const name = scene.title ?? scene.members.map((member) => PEOPLE[member]).join(' and ');
  try {
    const fresh = await perform(scene, actors, onWait);
    say(`  ${fresh > 0 ? `${fresh} new` : 'as it was'}`.padEnd(14) + name);
  } catch (error) {
    // Somebody left it, or was removed: theirs to decide.
    if (!(error instanceof NatterError)) throw error;
    say('  left alone'.padEnd(14) + `${name} (${error.detail})`);
  }
}
for (const { client } of Object.values(actors)) await client.close();
say(`
Open ${url} and sign in as one of them; in a second browser as another.
Each has the password  ${password}
`);
for (const [name, fullName] of Object.entries(PEOPLE)) say(`  ${usernameOf(name).padEnd(14)}${fullName}`);

async function engage(): Promise<Actors> {
  const people = Object.entries(PEOPLE) as [Name, string][];
  const found = await eachOf(people, 3, async ([name, fullName]): Promise<[Name, Actor]> => {
    const person = { username: usernameOf(name), name: fullName, password };
    try {
      const { user_id, token } = await patiently(() => enter(url, person), onWait);
      return [name, { userId: user_id, client: createClient({ url, auth: { kind: 'token', token }, storage: memoryStorage() }) }];
    } catch (error) {
      if (error instanceof NatterError) stop(`${person.username} cannot sign in: ${error.detail}. Was it made with another --password?`);
      throw error;
    }
  });
  return Object.fromEntries(found) as Actors;
}

function options(): { url: string; password: string } {
  let values;
  try {
    ({ values } = parseArgs({
      options: { url: { type: 'string', default: DEFAULT_URL }, password: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    }));
  } catch (error) {
    return stop(error instanceof Error ? error.message : String(error));
  }
  if (values.help) {
    say(HELP);
    process.exit(0);
  }
  const origin = originOf(values.url);
  if (origin === null) return stop(`--url must be an http or https address, not "${values.url}".`);
  const known = LOCAL_HOST.test(new URL(origin).hostname) ? LOCAL_PASSWORD : undefined;
  const chosen = values.password ?? known;
  if (chosen === undefined) return stop('Others reach this server: choose a --password for the people of the demo.');
  return { url: origin, password: chosen };
}

function onWait(error: NatterError, seconds: number): void {
  say(`Waiting ${Math.ceil(seconds)} s: ${error.detail}`);
}

function usernameOf(name: string): string {
  return `demo_${name}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function stop(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(2);
}
