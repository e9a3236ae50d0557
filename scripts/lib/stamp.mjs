/** Remembers what has been done to what: a hash of the sources beside the result. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * A hash over names and contents of files; folders are walked, what is missing counts as empty.
 * @param {string} base names are taken relative to it
 * @param {string[]} paths
 */
export function hashOf(base, paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(filesUnder).toSorted()) {
    hash
      .update(`${relative(base, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

/** @param {string} path @param {string} value */
export const hasStamp = (path, value) => existsSync(path) && readFileSync(path, 'utf8') === value;

/** @param {string} path @param {string} value */
export function writeStamp(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, value);
}

/** @param {string} path @returns {string[]} */
function filesUnder(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => (name === 'node_modules' || name === 'dist' ? [] : filesUnder(join(path, name))));
}
