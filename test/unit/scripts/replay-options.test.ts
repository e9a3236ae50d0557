/** The command line of the replay. */
import { describe, expect, test } from 'vitest';
import { parse } from '../../../scripts/replay/options.ts';

const standard = {
  files: ['day.gz'],
  url: null,
  speed: null,
  members: 100,
  resume: false,
  state: '.state/replay.json',
  inbox: false,
  pushPort: 8788,
};

describe('npm run replay', () => {
  test.each([
    [['day.gz'], standard],
    [['a', 'b'], { ...standard, files: ['a', 'b'] }],
    [['day.gz', '--speed', '60'], { ...standard, speed: 60 }],
    [['day.gz', '--speed=0.5', '--members=2'], { ...standard, speed: 0.5, members: 2 }],
    [['--url', 'http://localhost:8790/', 'day.gz'], { ...standard, url: 'http://localhost:8790' }],
    [['--resume'], { ...standard, files: [], resume: true }],
    [['day.gz', '--inbox'], { ...standard, inbox: true }],
    [['day.gz', '--inbox', '--push-port', '9000'], { ...standard, inbox: true, pushPort: 9_000 }],
    [['day.gz', '--resume', '--state', 'x.json'], { ...standard, resume: true, state: 'x.json' }],
  ])('%j runs', (words, options) => {
    expect(parse(words)).toEqual({ kind: 'run', options });
  });

  test.each([
    [[], 'at least one file'],
    [['day.gz', '--speed', '0'], '--speed'],
    [['day.gz', '--speed', 'fast'], '--speed'],
    [['day.gz', '--members', '1'], '--members'],
    [['day.gz', '--members', '101'], '--members'],
    [['day.gz', '--members', '2.5'], '--members'],
    [['day.gz', '--url', 'localhost:8787'], '--url'],
    [['day.gz', '--push-port', '0'], '--push-port'],
    [['day.gz', '--loud'], '--loud'],
  ])('[P10] %j is refused in one sentence', (words, reason) => {
    expect(parse(words)).toEqual({ kind: 'wrong', reason: expect.stringContaining(reason) });
  });

  test('--help wins over everything', () => {
    expect(parse(['--help', '--members', '1'])).toEqual({ kind: 'help' });
  });
});
