import { manualClock } from '@culprit/testkit';
import { describe, expect, it } from 'vitest';
import { LoginThrottle } from '../server/access/login-throttle.ts';

const MINUTE = 60_000;

describe('the throttle of logins', () => {
  it('lets an address try an account eight times in ten minutes, whatever the case of the account', () => {
    const clock = manualClock();
    const throttle = new LoginThrottle(clock);
    const waits = Array.from({ length: 10 }, (_, i) => throttle.attempt('a', i % 2 === 0 ? 'X@y' : 'x@Y'));
    expect(waits).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 600, 600]);
    clock.advance(9 * MINUTE);
    expect(throttle.attempt('a', 'x@y')).toBe(60);
    clock.advance(MINUTE);
    expect(throttle.attempt('a', 'x@y')).toBe(0);
  });

  it('stops an address that tries many accounts, and many addresses that try one account', () => {
    const throttle = new LoginThrottle(manualClock());
    const spread = Array.from({ length: 41 }, (_, i) => throttle.attempt('spray', `account${i}`));
    expect([spread[39], spread[40]]).toEqual([0, 600]);
    const botnet = Array.from({ length: 201 }, (_, i) =>
      throttle.attempt(`10.0.${i >> 8}.${i & 255}`, 'victim'),
    );
    expect([botnet[199], botnet[200]]).toEqual([0, 600]);
  });

  it('remembers a bounded number of strangers', () => {
    const throttle = new LoginThrottle(manualClock());
    for (let i = 0; i < 30_000; i++) throttle.attempt(`address ${i}`, `account ${i}`);
    expect(throttle.size).toBeLessThanOrEqual(20_000);
  });
});
