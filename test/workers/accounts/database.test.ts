/** What is asked of D1 again, and what is not. */
import { describe, expect, it, vi } from 'vitest';
import { DatabaseUnavailable, read, write } from '../../../store/database.ts';
import { ownProfile } from '../../../store/accounts.ts';
import { signUp, testEnv, watchDatabase } from './support.ts';

describe('a read', () => {
  it('outlives two failures that pass', async () => {
    const watch = watchDatabase(testEnv().env.DB);
    const { env } = testEnv({ DB: watch.db });
    const ann = await signUp(env);
    watch.statements.length = 0;
    watch.failTimes(2);
    expect(await ownProfile(env.DB, ann.user_id)).toMatchObject({ user_id: ann.user_id });
    expect(watch.statements).toHaveLength(3);
    watch.failTimes(3);
    await expect(ownProfile(env.DB, ann.user_id)).rejects.toThrow(DatabaseUnavailable);
  });

  it('whose statement is wrong fails at once, as the bug it is', async () => {
    const { env } = testEnv();
    const query = vi.fn(() => env.DB.prepare('SELECT nothing FROM nowhere').first());
    const error = await read(query).catch((thrown: unknown) => thrown);
    expect(error).not.toBeInstanceOf(DatabaseUnavailable);
    expect(query).toHaveBeenCalledTimes(1);
  });
});

describe('a write', () => {
  it('is never repeated unasked', async () => {
    const query = vi.fn(() => Promise.reject(new Error('D1_ERROR: Network connection lost.')));
    await expect(write(query)).rejects.toThrow(DatabaseUnavailable);
    expect(query).toHaveBeenCalledTimes(1);
  });

  it('against a constraint fails as what it is', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const twice = write(() =>
      env.DB.prepare("INSERT INTO user (id, name, name_folded, createdAt, updatedAt) VALUES (?, '', '', '', '')").bind(ann.user_id).run(),
    );
    await expect(twice).rejects.toThrow(/UNIQUE/);
    await expect(twice).rejects.not.toThrow(DatabaseUnavailable);
  });
});
