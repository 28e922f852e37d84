import * as Sentry from '@sentry/node';
import { applyVoucher } from './voucher.mjs';

// What happens is said by the argument: one of the cases below.
const cases = { caught, message, rejection, fatal };
const [name = '', person = '1'] = process.argv.slice(2);

Sentry.setUser({ id: `u-${person}`, email: `ada${person}@example.com`, username: `ada${person}` });
Sentry.setTag('order.kind', 'subscription');
Sentry.setContext('order', { number: 4711, express: true });
Sentry.addBreadcrumb({ category: 'auth', message: 'session found', level: 'info', data: { via: 'cookie' } });
Sentry.addBreadcrumb({ category: 'cart', message: 'shipping quote is late', level: 'warning' });

await cases[name]();
await Sentry.flush(10_000);

function caught() {
  try {
    applyVoucher({ total: 2_900 }, { code: 'HARBOR10' });
  } catch (error) {
    Sentry.captureException(error, { extra: { attempt: 3 } });
  }
}

function message() {
  Sentry.captureMessage('the queue of mails is long', 'warning');
}

/** The SDK reports it as unhandled; the process goes on. */
async function rejection() {
  Promise.reject(new RangeError('no warehouse has 12 of them'));
  await new Promise((resolve) => setImmediate(resolve));
}

/** The SDK reports it and ends the process with code 1. */
async function fatal() {
  setImmediate(() => {
    throw new TypeError('the price list is not a list');
  });
  await new Promise((resolve) => setTimeout(resolve, 10_000));
}
