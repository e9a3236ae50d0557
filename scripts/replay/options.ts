/** What `npm run replay` is told on its command line. Pure: words in, options or one sentence out. */
import { parseArgs } from 'node:util';
import { GROUP_MEMBERS_MAX } from '../../protocol/limits.ts';

export const DEFAULT_URL = 'http://localhost:8787';
const DEFAULT_PUSH_PORT = 8788;
const PORT_MAX = 65_535;

export interface Options {
  files: string[];
  /** Null: the one of the resumed run, else `DEFAULT_URL`. */
  url: string | null;
  /** How many times faster than it was written; null: as fast as it goes. */
  speed: number | null;
  members: number;
  resume: boolean;
  state: string;
  /** Most members do not have the conversation open. */
  inbox: boolean;
  /** Where the push service listens, with `inbox`. */
  pushPort: number;
}

export type Parsed = { kind: 'run'; options: Options } | { kind: 'help' } | { kind: 'wrong'; reason: string };

export const HELP = `npm run replay -- FILE… [options]

Plays days of a channel (JSON lines, gzipped or not) into a running server, one group a file: each
nick is a user with a client and a socket of its own, messages come in the file's order, with their
answers linked. Then every member's timeline and log are compared with the file.

  --url URL      the server (${DEFAULT_URL})
  --speed N      N times as fast as it was written; as fast as it goes when left out
  --members N    at most N members, 2 to ${GROUP_MEMBERS_MAX} (${GROUP_MEMBERS_MAX})
  --resume       goes on with the run in the state file; without FILE, with all its files
  --state FILE   where the run is kept: accounts, conversations, lines done (.state/replay.json)
  --inbox        only a quarter have the conversation open: half have just their inbox, a quarter are
                 away until the end and get notifications; all of that is compared too
  --push-port N  where the push service for them listens (${DEFAULT_PUSH_PORT}); start the server with
                 WEB_PUSH_ORIGIN=http://127.0.0.1:${DEFAULT_PUSH_PORT} LIMITS=relaxed npm start

"message" and "action" lines are sent, actions with "* " before them; "system" lines and messages
without text are skipped. When more people speak than there may be members, the busiest have
accounts of their own and the others share one. A server that goes away is waited for.
When rate limits get in the way, start the server with LIMITS=relaxed.
Ends with 1 when a line was refused or anything differs, with 2 when it could not run.
`;

export function parse(words: string[]): Parsed {
  let values, positionals;
  try {
    ({ values, positionals } = parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        speed: { type: 'string' },
        members: { type: 'string', default: String(GROUP_MEMBERS_MAX) },
        resume: { type: 'boolean', default: false },
        state: { type: 'string', default: '.state/replay.json' },
        inbox: { type: 'boolean', default: false },
        'push-port': { type: 'string', default: String(DEFAULT_PUSH_PORT) },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return { kind: 'help' };
  const speed = values.speed === undefined ? null : Number(values.speed);
  if (speed !== null && !(speed > 0 && Number.isFinite(speed))) return wrong(`--speed must be a number above 0, not "${values.speed}".`);
  const members = Number(values.members);
  if (!Number.isInteger(members) || members < 2 || members > GROUP_MEMBERS_MAX) {
    return wrong(`--members must be a whole number from 2 to ${GROUP_MEMBERS_MAX}, not "${values.members}".`);
  }
  const pushPort = Number(values['push-port']);
  if (!Number.isInteger(pushPort) || pushPort < 1 || pushPort > PORT_MAX) {
    return wrong(`--push-port must be a port, 1 to ${PORT_MAX}, not "${values['push-port']}".`);
  }
  if (values.url !== undefined && originOf(values.url) === null)
    return wrong(`--url must be an http or https address, not "${values.url}".`);
  if (positionals.length === 0 && !values.resume) return wrong('Name at least one file; --help tells the rest.');
  const url = values.url === undefined ? null : originOf(values.url);
  const { resume, state, inbox } = values;
  return { kind: 'run', options: { files: positionals, url, speed, members, resume, state, inbox, pushPort } };
}

/** The origin of a server's address; null when it is none. */
export function originOf(address: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin : null;
}

const wrong = (reason: string): Parsed => ({ kind: 'wrong', reason });
