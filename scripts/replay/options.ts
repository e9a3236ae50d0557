/** What `npm run replay` is told on its command line. Pure: words in, options or one sentence out. */
import { parseArgs } from 'node:util';
import { GROUP_MEMBERS_MAX } from '../../protocol/limits.ts';

export const DEFAULT_URL = 'http://localhost:8787';

export interface Options {
  files: string[];
  /** Null: the one of the resumed run, else `DEFAULT_URL`. */
  url: string | null;
  /** How many times faster than it was written; null: as fast as it goes. */
  speed: number | null;
  members: number;
  resume: boolean;
  state: string;
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
  if (values.url !== undefined && originOf(values.url) === null)
    return wrong(`--url must be an http or https address, not "${values.url}".`);
  if (positionals.length === 0 && !values.resume) return wrong('Name at least one file; --help tells the rest.');
  const url = values.url === undefined ? null : originOf(values.url);
  return { kind: 'run', options: { files: positionals, url, speed, members, resume: values.resume, state: values.state } };
}

/** The origin of a server's address; null when it is none. */
export function originOf(address: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin : null;
}

const wrong = (reason: string): Parsed => ({ kind: 'wrong', reason });
