/** Who is there in a test file: each in a browser of their own, at the server that all files share, from before the tests until after. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, inject } from 'vitest';
import { launchBrowser, windowAt } from './browser.ts';
import { Person } from './person.ts';

type People<Names extends readonly string[]> = { [Index in keyof Names]: Person };

/** Nobody has an account yet. A name that comes again is another device of the same person. */
export function arrive<const Names extends readonly string[]>(...names: Names): People<Names> {
  const people: Person[] = [];
  for (const name of names) people.push(new Person(name, people.find((one) => one.name === name)?.username));
  let browser: Browser | undefined;
  beforeAll(async () => {
    const launched = (browser = await launchBrowser());
    await Promise.all(people.map(async (person) => person.arrive(await launched.newContext(windowAt(inject('serverUrl'))))));
  });
  afterAll(() => browser?.close());
  return people as People<Names>;
}

/** Everybody is signed in: up at their first device, in at the others. */
export function gather<const Names extends readonly string[]>(...names: Names): People<Names> {
  const people = arrive(...names);
  beforeAll(async () => {
    const byAccount = [...Map.groupBy<string, Person>(people, ({ username }) => username).values()];
    await Promise.all(byAccount.map(([first]) => first!.signUp()));
    await Promise.all(byAccount.flatMap(([, ...others]) => others.map((person) => person.signIn())));
  });
  return people;
}
