/**
 * What passed and what failed, of checks and of tests. Pure: reads what vitest's JSON reporter wrote.
 * Whatever cannot be counted (no report, a crash after the last test) counts as one failure.
 */

/** @typedef {{ passed: number, failed: number }} Tally */
/** @typedef {{ name?: string, status?: string, assertionResults?: { status: string }[] }} FileReport */

/** @param {Tally[]} tallies @returns {Tally} */
export const sum = (tallies) => ({
  passed: tallies.reduce((total, { passed }) => total + passed, 0),
  failed: tallies.reduce((total, { failed }) => total + failed, 0),
});

/**
 * @param {string | null} report the JSON, null when there is none
 * @param {number} exitCode of vitest
 * @returns {Tally} a skipped test counts as failed: it has not shown what it promises
 */
export function tallyOf(report, exitCode) {
  const files = filesOf(report);
  if (files === null || files.length === 0) return { passed: 0, failed: 1 };
  const tally = sum(files.map(tallyOfFile));
  return exitCode !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

/** The very last line. @param {Tally} tally */
export const verdict = ({ passed, failed }) => `${passed} passed, ${failed} failed`;

/** @param {FileReport} file @returns {Tally} */
function tallyOfFile({ status, assertionResults = [] }) {
  const passed = assertionResults.filter((test) => test.status === 'passed').length;
  const failed = assertionResults.length - passed;
  // A file that could not be loaded has no tests.
  return { passed, failed: failed === 0 && status === 'failed' ? 1 : failed };
}

/** @param {string | null} report @returns {FileReport[] | null} */
function filesOf(report) {
  try {
    const { testResults } = JSON.parse(report ?? 'null') ?? {};
    return Array.isArray(testResults) ? testResults : null;
  } catch {
    return null;
  }
}
