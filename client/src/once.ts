/** Asked once; after a failure, again. */
export function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    if (asked) return asked;
    asked = ask();
    asked.catch(() => (asked = undefined));
    return asked;
  };
}
