/** Whether a page is seen: a browser under test says of all its pages that they are, whichever is in front. */
import type { BrowserContext, Page } from 'playwright-core';

interface Seen {
  isSeen: boolean;
}

/** A tab opened behind the others. */
export async function hiddenPage(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript(beSeenWhenTold);
  await page.goto(path);
  return page;
}

export const setSeen = (page: Page, isSeen: boolean): Promise<void> =>
  page.evaluate((on) => {
    (globalThis as unknown as Seen).isSeen = on;
    document.dispatchEvent(new Event('visibilitychange'));
  }, isSeen);

/** Runs in the page, before anything else. */
export function beSeenWhenTold(): void {
  Object.defineProperty(document, 'visibilityState', {
    get: () => ((globalThis as unknown as Partial<Seen>).isSeen === true ? 'visible' : 'hidden'),
  });
}
