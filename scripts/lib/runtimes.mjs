/** Which copies of the Workers runtime are installed. */
import { readFileSync } from 'node:fs';

/**
 * @param {string} installed npm's own list of what is in the tree
 * @returns {string[]} path and version of each
 */
export function runtimesIn(installed) {
  /** @type {{ packages: Record<string, { version: string }> }} */
  const { packages } = JSON.parse(readFileSync(installed, 'utf8'));
  return Object.entries(packages).flatMap(([path, { version }]) =>
    /(^|\/)node_modules\/workerd$/.test(path) ? [`${path} ${version}`] : [],
  );
}
