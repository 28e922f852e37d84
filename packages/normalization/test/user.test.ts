import { describe, expect, it } from 'vitest';
import type { GeoLookup } from '../src/index.ts';
import { normalized } from './normalized.ts';

const WIEN = { city: 'Wien', country_code: 'AT', subdivision: 'Wien', region: 'Austria' };
const geo: GeoLookup = (ip) => (ip === '203.0.113.9' ? WIEN : undefined);

function userOf(payload: unknown) {
  const result = normalized(payload, { clientIp: '203.0.113.9', geo });
  if (!result.ok) throw new Error(result.reason);
  return result.event.user;
}

describe('the place of a user', () => {
  it('is that of the address that was sent', () => {
    expect(userOf({ user: { ip_address: '203.0.113.9' } })).toEqual({ ip_address: '203.0.113.9', geo: WIEN });
  });

  it('is that of an address that was inferred', () => {
    expect(userOf({ platform: 'javascript' })).toEqual({ ip_address: '203.0.113.9', geo: WIEN });
  });

  it('is not looked up when it was sent', () => {
    expect(userOf({ user: { ip_address: '203.0.113.9', geo: { city: 'Graz' } } })).toEqual({
      ip_address: '203.0.113.9',
      geo: { city: 'Graz' },
    });
  });

  it('is not known for another address, nor without one', () => {
    expect(userOf({ user: { ip_address: '198.51.100.1' } })).toEqual({ ip_address: '198.51.100.1' });
    expect(userOf({ platform: 'python', user: { id: 'a' } })).toEqual({ id: 'a' });
  });

  it('is not looked up where the address must not be inferred', () => {
    const sdk = { name: 'a', version: '1', settings: { infer_ip: 'never' } };
    expect(userOf({ platform: 'javascript', sdk, user: { id: 'a', ip_address: '{{auto}}' } })).toEqual({
      id: 'a',
    });
  });
});
