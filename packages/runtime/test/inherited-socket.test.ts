import { expect, test } from 'vitest';
import { inheritedSocket } from '../src/inherited-socket.ts';

test('a socket of the supervisor is taken by its number', () => {
  expect(inheritedSocket({ CULPRIT_LISTEN_FD: '7' })).toBe(7);
});

test('a socket of systemd is the first descriptor of the process it was meant for, and of no other', () => {
  expect(inheritedSocket({ LISTEN_FDS: '1', LISTEN_PID: '42' }, 42)).toBe(3);
  expect(inheritedSocket({ LISTEN_FDS: '1', LISTEN_PID: '42' }, 43)).toBeUndefined();
  expect(inheritedSocket({ LISTEN_FDS: '1' }, 42)).toBeUndefined();
});

test('without one, or with nonsense, host and port count', () => {
  for (const CULPRIT_LISTEN_FD of ['', '-1', '3x', '99999']) {
    expect(inheritedSocket({ CULPRIT_LISTEN_FD })).toBeUndefined();
  }
  expect(inheritedSocket({})).toBeUndefined();
});
