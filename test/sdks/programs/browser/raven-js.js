import Raven from 'raven-js';
import { applyVoucher } from './voucher.js';

/** Sends and waits for the answer. */
function sent(capture) {
  return new Promise((resolve, reject) => {
    document.addEventListener('ravenSuccess', ({ data }) => resolve(data.event_id), { once: true });
    document.addEventListener('ravenFailure', reject, { once: true });
    capture();
  });
}

export async function tell(dsn) {
  Raven.config(dsn, { release: 'orders@1.4.2', environment: 'production', autoBreadcrumbs: false }).install();
  Raven.setUserContext({ id: 'u-7', email: 'ada@example.com', username: 'ada' });
  Raven.setTagsContext({ region: 'eu-north' });
  Raven.setExtraContext({ order: 4711 });
  Raven.captureBreadcrumb({
    category: 'cart',
    message: 'shipping quote is late',
    level: 'warning',
    data: { ms: 310 },
  });
  const thrown = await sent(() => {
    try {
      applyVoucher('HARBOR10');
    } catch (error) {
      Raven.captureException(error);
    }
  });
  const message = await sent(() => Raven.captureMessage('stock is low', { level: 'warning' }));
  return { thrown, message };
}
