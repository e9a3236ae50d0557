/** Who is there in a test file: each in a browser of their own, at the server that all files share, from before the tests until after. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, inject } from 'vitest';
import { launchBrowser, newContext } from './browser.ts';
import type { Person } from './person.ts';

/** Nobody has an account yet. */
export function arrive(...people: Person[]): void {
  let browser: Browser | undefined;
  beforeAll(async () => {
    const launched = (browser = await launchBrowser());
    const url = inject('serverUrl');
    await Promise.all(people.map(async (person) => person.arrive(await newContext(launched, url))));
  });
  afterAll(() => browser?.close());
}

/** Everybody is signed in: up at their first device, in at the others. */
export function gather(...people: Person[]): void {
  arrive(...people);
  beforeAll(async () => {
    const firsts = people.filter(({ username }, index) => people.findIndex((one) => one.username === username) === index);
    await Promise.all(firsts.map((person) => person.signUp()));
    await Promise.all(people.filter((person) => !firsts.includes(person)).map((person) => person.signIn()));
  });
}
