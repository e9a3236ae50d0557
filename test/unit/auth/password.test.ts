import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword } from '../../../src/auth/password.ts';

describe('password hashes', () => {
  it('say how they were made, and hold a salt of their own', async () => {
    const [one, other] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
    expect(one).toMatch(/^\$scrypt\$ln=14,r=16,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(other);
  });

  it('are those of scrypt: a hash made elsewhere verifies', async () => {
    const { scryptSync } = await import('node:crypto');
    const salt = Buffer.from('sixteen byte sal');
    const key = scryptSync('p\u00e4ssword', salt, 32, { N: 1_024, r: 8, p: 1 });
    const hash = `$scrypt$ln=10,r=8,p=1$${salt.toString('base64').replace(/=+$/, '')}$${key.toString('base64').replace(/=+$/, '')}`;
    expect(await verifyPassword({ hash, password: 'pa\u0308ssword' })).toBe(true);
    expect(await verifyPassword({ hash, password: 'password' })).toBe(false);
  });

  it('verify their own password and no other', async () => {
    const hash = await hashPassword('correct horse');
    expect(await verifyPassword({ hash, password: 'correct horse' })).toBe(true);
    expect(await verifyPassword({ hash, password: 'correct horse ' })).toBe(false);
    expect(await verifyPassword({ hash, password: '' })).toBe(false);
  });

  it.each(['', 'plain', '$scrypt$ln=14,r=16,p=1$$', '$scrypt$ln=40,r=16,p=1$c2FsdA$aGFzaA', '$2b$10$abcdefghijklmnopqrstuv'])(
    'of another form (%j) verify nothing',
    async (hash) => {
      expect(await verifyPassword({ hash, password: 'correct horse' })).toBe(false);
    },
  );
});
