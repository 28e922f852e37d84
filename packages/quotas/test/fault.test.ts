import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultOf } from '../src/index.ts';

const frames = [
  { module: 'shop.cart', function: 'main', in_app: true },
  { module: 'shop.cart', function: 'pay', in_app: true },
  { module: 'lib.http', function: 'send', in_app: false },
];
const thrown = { type: 'TypeError', value: 'x is undefined', stacktrace: { frames } };

describe('the fault of an event', () => {
  test.each([
    ['values', { exception: { values: [{ type: 'Cause' }, null, thrown] } }],
    ['a bare list', { exception: [{ type: 'Cause' }, thrown] }],
    ['one object', { exception: thrown }],
    ['the old name', { 'sentry.interfaces.Exception': { values: [thrown] } }],
  ])('is the type of what was thrown and the newest frame of the application (%s)', (_form, event) => {
    expect(faultOf({ ...event, release: 'shop@2', environment: 'production' })).toEqual({
      fault: 'TypeError in shop.cart pay',
      release: 'shop@2',
      environment: 'production',
    });
  });

  test('is not another one for another value or line', () => {
    const other = {
      ...thrown,
      value: 'y is undefined',
      stacktrace: { frames: frames.map((f) => ({ ...f, lineno: 9 })) },
    };
    expect(faultOf({ exception: other })).toEqual(faultOf({ exception: thrown }));
  });

  test.each([
    [{ message: 'hello' }, 'hello'],
    [{ logentry: { message: 'hello %s', formatted: 'hello you' } }, 'hello %s'],
    [{ logentry: { formatted: 'hello you' } }, 'hello you'],
    [{ exception: { values: [{ value: 'Word: rest' }] } }, 'Word in '],
    [{}, ''],
  ])('of %j is %j', (event, fault) => {
    expect(faultOf(event).fault).toBe(fault);
  });

  test('is found in anything, and short', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (exception, other) => {
        const { fault, release, environment } = faultOf({
          exception,
          message: other,
          release: other,
          environment: other,
        });
        expect(fault.length + release.length + environment.length).toBeLessThan(1_100);
      }),
    );
  });
});
