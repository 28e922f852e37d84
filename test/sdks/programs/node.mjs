// The story that every SDK's program tells, with @sentry/node. Prints the ids of its events as JSON.
import * as Sentry from '@sentry/node';

class VoucherError extends Error {
  name = 'VoucherError';
}

function applyVoucher(code) {
  try {
    return undefined.value;
  } catch (cause) {
    throw new VoucherError(`voucher ${code} cannot be applied`, { cause });
  }
}

// DSN, release and environment come from the environment.
Sentry.init({ serverName: 'orders-1' });
Sentry.setUser({ id: 'u-7', email: 'ada@example.com', username: 'ada' });
Sentry.setTag('region', 'eu-north');
Sentry.setContext('order', { number: 4711, express: true });
Sentry.getCurrentScope().addAttachment({
  filename: 'order.txt',
  contentType: 'text/plain',
  data: 'one line\nanother',
});
Sentry.addBreadcrumb({
  category: 'cart',
  message: 'shipping quote is late',
  level: 'warning',
  data: { ms: 310 },
});
let thrown;
try {
  applyVoucher('HARBOR10');
} catch (error) {
  thrown = Sentry.captureException(error);
}
const message = Sentry.captureMessage('stock is low', 'warning');
Sentry.captureCheckIn({ monitorSlug: 'nightly', status: 'ok', duration: 12 });
Sentry.captureFeedback({
  message: 'It broke.',
  name: 'Ada',
  email: 'ada@example.com',
  associatedEventId: thrown,
});
Sentry.endSession();
await Sentry.flush(20_000);
process.stdout.write(JSON.stringify({ thrown, message }));
