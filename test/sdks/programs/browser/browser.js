import * as Sentry from '@sentry/browser';
import { end, setUp } from './set-up.js';
import { applyVoucher } from './voucher.js';

export async function tell(dsn) {
  setUp(Sentry, dsn);
  try {
    applyVoucher('HARBOR10');
  } catch (error) {
    return end(Sentry, Sentry.captureException(error));
  }
}
