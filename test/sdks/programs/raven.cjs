// The story that every SDK's program tells, with the client of 2018. Prints the ids of its events as JSON.
const Raven = require('raven');

function applyVoucher(code) {
  const error = new Error(`voucher ${code} cannot be applied`);
  error.name = 'VoucherError';
  throw error;
}

Raven.config(process.env.SENTRY_DSN, { name: 'orders-1', autoBreadcrumbs: false }).install();
Raven.context(async () => {
  Raven.setContext({
    user: { id: 'u-7', email: 'ada@example.com', username: 'ada' },
    tags: { region: 'eu-north' },
    extra: { order: 4711 },
  });
  Raven.captureBreadcrumb({
    category: 'cart',
    message: 'shipping quote is late',
    level: 'warning',
    data: { ms: 310 },
  });
  const sent = (capture) =>
    new Promise((resolve, reject) => capture((error, id) => (error ? reject(error) : resolve(id))));
  let caught;
  try {
    applyVoucher('HARBOR10');
  } catch (error) {
    caught = error;
  }
  const thrown = await sent((done) => Raven.captureException(caught, done));
  const message = await sent((done) => Raven.captureMessage('stock is low', { level: 'warning' }, done));
  process.stdout.write(JSON.stringify({ thrown, message }));
});
