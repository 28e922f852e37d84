/** What is the same for all SDKs of the newer kind. */
export function setUp(Sentry, dsn) {
  Sentry.init({ dsn, release: 'orders@1.4.2', environment: 'production' });
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
}

export async function end(Sentry, thrown) {
  const message = Sentry.captureMessage('stock is low', 'warning');
  Sentry.captureFeedback({
    message: 'It broke.',
    name: 'Ada',
    email: 'ada@example.com',
    associatedEventId: thrown,
  });
  await Sentry.flush(20_000);
  return { thrown, message };
}
