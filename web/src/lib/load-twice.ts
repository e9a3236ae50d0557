/** Loads a part of the app, and once more after a moment when that fails: a link that was down for a second, a deploy under way. */
export const LOAD_AGAIN_MS = 1_000;

export async function loadTwice<T>(load: () => Promise<T>, wait: (delayMs: number) => Promise<void>): Promise<T> {
  try {
    return await load();
  } catch {
    await wait(LOAD_AGAIN_MS);
    return load();
  }
}
