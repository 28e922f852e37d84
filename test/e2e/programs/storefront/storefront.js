import * as Sentry from '@sentry/browser';
import { totalOf } from './basket.js';

// The page is served with the DSN and the release in its address.
const given = new URLSearchParams(location.search);
Sentry.init({
  dsn: given.get('dsn') ?? '',
  release: given.get('release') ?? '',
  environment: 'production',
});
Sentry.setUser({ id: 'b-7', email: 'grace@example.com', username: 'grace' });
Sentry.setTag('basket.size', 'empty');

document.querySelector('#pay').addEventListener('click', () => {
  Sentry.addBreadcrumb({ category: 'payment', message: 'asking for the total', level: 'debug' });
  document.title = `Pay ${totalOf({})}`;
});
document.querySelector('#count').addEventListener('click', () => {
  Sentry.captureMessage('somebody counts the basket', 'info');
});
document.querySelector('#reserve').addEventListener('click', () => {
  Promise.reject(new RangeError('nothing to reserve'));
});
