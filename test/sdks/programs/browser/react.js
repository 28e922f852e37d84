import * as Sentry from '@sentry/react';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { end, setUp } from './set-up.js';
import { applyVoucher } from './voucher.js';

function Checkout() {
  applyVoucher('HARBOR10');
}

/** The error is thrown while a component is drawn; the boundary of the SDK catches and reports it. */
export async function tell(dsn) {
  setUp(Sentry, dsn);
  const thrown = await new Promise((resolve) => {
    const boundary = createElement(
      Sentry.ErrorBoundary,
      { fallback: 'sorry', onError: (_error, _stack, eventId) => resolve(eventId) },
      createElement(Checkout),
    );
    createRoot(document.querySelector('#root')).render(boundary);
  });
  return end(Sentry, thrown);
}
