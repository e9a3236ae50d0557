/** Where things are. Runs on Node 20 before anything is installed, like every `.mjs` beside it. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** @param {string[]} parts */
export const inRoot = (...parts) => join(root, ...parts);

/** The project's own Node; the machine's may be too old for wrangler and vitest. */
export const projectNode = inRoot('node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Command-line entries of tools, run with the project's Node. */
export const tools = {
  wrangler: inRoot('node_modules', 'wrangler', 'bin', 'wrangler.js'),
  vite: inRoot('node_modules', 'vite', 'bin', 'vite.js'),
  vitest: inRoot('node_modules', 'vitest', 'vitest.mjs'),
};
