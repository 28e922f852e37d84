import { describe, expect, it } from 'vitest';
import {
  hashPassword,
  hashToken,
  makePassword,
  makePublicKey,
  mintToken,
  verifyPassword,
} from '../src/index.ts';

describe('passwords', () => {
  it('accepts the password that was hashed and no other, also when typed in another Unicode form', async () => {
    const stored = await hashPassword('Cafe\u0301 42');
    expect(stored).toMatch(/^scrypt\$32768\$8\$3\$[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}$/);
    expect(await verifyPassword('Caf\u00e9 42', stored)).toBe(true);
    expect(await verifyPassword('Cafe 42', stored)).toBe(false);
  });

  it('never hashes two accounts to the same text', async () => {
    expect(await hashPassword('same')).not.toBe(await hashPassword('same'));
  });

  it('refuses an unknown account and a hash that does not fit, without throwing', async () => {
    expect(await verifyPassword('x', undefined)).toBe(false);
    expect(await verifyPassword('x', 'scrypt$3$8$1$AAAA$AAAA')).toBe(false);
    expect(await verifyPassword('x', `scrypt$${2 ** 30}$8$1$${'A'.repeat(24)}$${'A'.repeat(44)}`)).toBe(
      false,
    );
    expect(await verifyPassword('x', 'plain')).toBe(false);
  });

  it('makes passwords of 144 bits', () => {
    expect(makePassword()).toMatch(/^[A-Za-z0-9_-]{24}$/);
  });
});

describe('tokens', () => {
  it('carries padded base64 JSON with origin and organization, and 43 characters of secret, between two underscores', () => {
    const token = mintToken({
      now: 1_763_700_000_123,
      publicUrl: 'https://culprit.example/',
      organization: 'acme',
    });
    const [prefix, facts = '', secret, ...rest] = token.split('_');
    expect(rest).toEqual([]);
    expect(prefix).toBe('sntrys');
    expect(facts.length % 4).toBe(0);
    expect(JSON.parse(Buffer.from(facts, 'base64').toString())).toEqual({
      iat: 1_763_700_000.123,
      url: 'https://culprit.example',
      region_url: 'https://culprit.example',
      org: 'acme',
    });
    expect(secret).toMatch(/^[A-Za-z0-9+/]{43}$/);
  });

  it('is stored as SHA-256', () => {
    expect(hashToken('abc').toString('hex')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});

describe('public keys', () => {
  it('are 32 hex digits', () => {
    expect(makePublicKey()).toMatch(/^[0-9a-f]{32}$/);
  });
});
