import type { EventId } from '@culprit/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANONYMOUS, actorHashOf, identitiesOf, userHashOf } from '../src/index.ts';

const secret = new Uint8Array(32).fill(7);
const other = new Uint8Array(32).fill(8);
const event_id = 'a'.repeat(32) as EventId;
const trace = { trace: { type: 'trace', trace_id: 'b'.repeat(32) } };

describe('identities', () => {
  it('are id, email in lower case, username and ip', () => {
    const user = { id: 'U-1', email: ' Ann@Example.COM ', username: 'Ann', ip_address: '203.0.113.9' };
    expect(identitiesOf(user)).toEqual(['id:U-1', 'email:ann@example.com', 'username:Ann', 'ip:203.0.113.9']);
  });
  it('are none of nobody', () => {
    expect([
      identitiesOf(undefined),
      identitiesOf(null),
      identitiesOf({}),
      identitiesOf({ id: '', email: null }),
    ]).toEqual([[], [], [], []]);
  });
});

describe('hash of the user', () => {
  it('is of the id first, then the email, then the username', () => {
    const id = userHashOf(secret, { id: '1' });
    expect(userHashOf(secret, { id: '1', email: 'a@b.c', username: 'x' })).toBe(id);
    expect(userHashOf(secret, { email: 'A@b.c', username: 'x' })).toBe(
      userHashOf(secret, { email: 'a@B.C' }),
    );
    expect(userHashOf(secret, { username: 'x', ip_address: '1.1.1.1' })).toBe(
      userHashOf(secret, { username: 'x' }),
    );
  });
  it('is 0 for a user of whom only the address is known', () => {
    expect(userHashOf(secret, { ip_address: '1.1.1.1' })).toBe(ANONYMOUS);
    expect(userHashOf(secret, null)).toBe(ANONYMOUS);
  });
  it('differs by secret and by the kind of identity', () => {
    expect(userHashOf(secret, { id: 'x' })).not.toBe(userHashOf(other, { id: 'x' }));
    expect(userHashOf(secret, { id: 'x' })).not.toBe(userHashOf(secret, { username: 'x' }));
  });
  it('fits 64 bits, is never 0 for a person, and has no two for 20,000 people', () => {
    const hashes = new Set(Array.from({ length: 20_000 }, (_, i) => userHashOf(secret, { id: String(i) })));
    expect(hashes.size).toBe(20_000);
    for (const hash of hashes) if (hash <= 0n || hash > 0xffff_ffff_ffff_ffffn) throw new Error(String(hash));
  });
  it('stays as it is: the value is stored', () => {
    // printf '%s\0id:1' "$(printf '07%.0s' {1..32})" | sha256sum | cut -c1-16
    expect(userHashOf(secret, { id: '1' }).toString(16)).toBe('b0df8a453f96faa1');
  });
});

describe('hash of the actor', () => {
  it('is the hash of the user where there is one', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (id) => {
        expect(actorHashOf(secret, { user: { id }, contexts: trace, event_id })).toBe(
          userHashOf(secret, { id }),
        );
      }),
    );
  });
  it('is of the address, else the trace, else the event', () => {
    const address = actorHashOf(secret, { user: { ip_address: '1.1.1.1' }, contexts: trace, event_id });
    const byTrace = actorHashOf(secret, { contexts: trace, event_id });
    const byEvent = actorHashOf(secret, { event_id });
    expect(
      actorHashOf(secret, { user: { ip_address: '1.1.1.1' }, event_id: 'c'.repeat(32) as EventId }),
    ).toBe(address);
    expect(actorHashOf(secret, { contexts: trace, event_id: 'c'.repeat(32) as EventId })).toBe(byTrace);
    expect(actorHashOf(secret, { event_id: 'c'.repeat(32) as EventId })).not.toBe(byEvent);
    expect(new Set([address, byTrace, byEvent]).size).toBe(3);
  });
});
