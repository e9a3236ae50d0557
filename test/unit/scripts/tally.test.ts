/** What `npm test` says at its end. */
import { describe, expect, it } from 'vitest';
import { sum, tallyOf, verdict } from '../../../scripts/lib/tally.mjs';

const file = (...statuses: string[]) => ({
  name: 'a.test.ts',
  status: statuses.every((status) => status === 'passed') ? 'passed' : 'failed',
  assertionResults: statuses.map((status) => ({ status })),
});
const report = (...testResults: unknown[]) => JSON.stringify({ testResults });

describe('a test project', () => {
  it.each<[string, string | null, number, { passed: number; failed: number }]>([
    ['counts what passed', report(file('passed', 'passed'), file('passed')), 0, { passed: 3, failed: 0 }],
    ['counts what failed', report(file('passed', 'failed'), file('failed')), 1, { passed: 1, failed: 2 }],
    ['counts a skipped test as failed', report(file('passed', 'skipped')), 0, { passed: 1, failed: 1 }],
    [
      'counts a file that could not be loaded',
      report(file('passed'), { status: 'failed', assertionResults: [] }),
      1,
      { passed: 1, failed: 1 },
    ],
    ['counts a crash after the last test', report(file('passed')), 1, { passed: 1, failed: 1 }],
    ['without a report has failed', null, 0, { passed: 0, failed: 1 }],
    ['with half a report has failed', '{"testResults":[', 0, { passed: 0, failed: 1 }],
    ['with another report has failed', '[]', 0, { passed: 0, failed: 1 }],
    ['without a single test has failed', report(), 0, { passed: 0, failed: 1 }],
  ])('%s', (_, json, exitCode, tally) => {
    expect(tallyOf(json, exitCode)).toEqual(tally);
  });
});

it('the last line sums all parts', () => {
  expect(verdict(sum([]))).toBe('0 passed, 0 failed');
  const all = [
    { passed: 3, failed: 0 },
    { passed: 40, failed: 2 },
  ];
  expect(verdict(sum(all))).toBe('43 passed, 2 failed');
});
