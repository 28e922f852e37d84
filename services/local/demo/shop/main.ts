import { createServer } from 'node:http';
import * as Sentry from '@sentry/node';
import { savedAddresses } from './account/addresses.ts';
import { deliveryDate } from './checkout/delivery-date.ts';
import { charge, PaymentDeclinedError } from './checkout/payment.ts';
import { type ApplyVoucher, recalculate } from './checkout/totals.ts';
import { request } from './router.ts';
import type { Cart, Customer, Voucher } from './shop.ts';
import { stockOf } from './stock/warehouse.ts';

// A day in the shop: five customers walk through it, and it fails them as its release does.
const isNew = Sentry.getClient()?.getOptions().release === 'shop@5.31.0';
const { applyVoucher }: { applyVoucher: ApplyVoucher } = isNew
  ? await import('./checkout/voucher.ts')
  : await import('./checkout/voucher-after-address.ts');

const elena = { id: '48213', email: 'elena@marchetti-studio.it', username: 'elena.m', country: 'IT' };
const nora = { id: '39004', email: 'orders@cafe-nordlys.no', username: 'nordlys', country: 'NO' };
const tunde = { id: '51120', email: 't.abara@quaylight.co.uk', username: 'tunde', country: 'GB' };
const jonas = { id: '50277', email: 'jonas@weber-holzbau.de', username: 'jonas.w', country: 'DE' };
const aiko = { id: '51388', email: 'aiko@minato-books.jp', username: 'aiko', country: 'JP' };

const harbor10: Voucher = { code: 'HARBOR10', kind: 'percent', value: 10, freeShipping: false };

/** A warehouse that takes its time. */
const warehouse = createServer((_request, response) => {
  setTimeout(() => response.end('7'), 1_000).unref();
});
await new Promise<void>((resolve) => warehouse.listen(0, '127.0.0.1', resolve));
const address = warehouse.address();
const warehouseUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;

const good = '4242 4242 4242 4242';
const declined = '4000 0000 0000 0002';

// The SDK drops an error that equals the one before it, so nobody fails twice in a row in the same way.
await enterVoucher(elena);
await showDelivery(aiko);
await enterVoucher(nora);
await payWith(tunde, declined);
await enterVoucher(tunde);
await showAddresses(elena, '[{"street":"Via Solferino 11","city":"Milano"}');
await enterVoucher(jonas);
await showStock(nora, 'mug-harbor-blue');
await enterVoucher(elena);
await payWith(jonas, declined);
await showDelivery(jonas);
await showStock(aiko, 'poster-tide-50x70');
await payWith(nora, good);
await showAddresses(nora, '[{"street":"Storgata 4","city":"Tromsø"}]');

await Sentry.flush(10_000);
warehouse.closeAllConnections();
warehouse.close();

function enterVoucher(customer: Customer): Promise<void> {
  return request(
    customer,
    'POST /api/cart/voucher',
    { 'shipping.method': 'parcel', 'voucher.kind': 'percent' },
    () => {
      const cart = cartOf(customer);
      Sentry.addBreadcrumb({ category: 'ui.click', message: 'button “Apply voucher”' });
      Sentry.addBreadcrumb({
        category: 'cart',
        message: 'shipping quote pending for parcel',
        level: 'warning',
      });
      Sentry.setContext('cart', { id: cart.id, lines: cart.lines.length, voucher: harbor10.code });
      recalculate(cart, harbor10, applyVoucher);
    },
  );
}

/** As it comes from the browser: no address yet, so no quote. */
function cartOf(customer: Customer): Cart {
  const text = `{"id":"c_${customer.id}","lines":[{"sku":"mug-harbor-blue","price":1450,"quantity":2}],"shipping":{"method":"parcel"}}`;
  return JSON.parse(text) as Cart;
}

function showDelivery(customer: Customer): Promise<void> {
  return request(customer, 'GET /checkout/delivery', { 'shipping.method': 'parcel' }, () => {
    Sentry.addBreadcrumb({ category: 'navigation', data: { from: '/basket', to: '/checkout/delivery' } });
    deliveryDate(Date.now(), customer.country);
  });
}

function payWith(customer: Customer, card: string): Promise<void> {
  return request(customer, 'POST /api/payments', { 'payment.provider': 'quaypay' }, () => {
    Sentry.addBreadcrumb({ category: 'payment', message: 'asking the bank', data: { cents: 2900 } });
    try {
      charge(card, 2_900);
    } catch (error) {
      if (!(error instanceof PaymentDeclinedError)) throw error;
      // The customer is told; it is reported because many of them at once would be our fault.
      Sentry.captureException(error, { level: 'warning', tags: { 'payment.reason': error.reason } });
    }
  });
}

function showAddresses(customer: Customer, stored: string): Promise<void> {
  return request(customer, 'GET /account/addresses', {}, () => {
    Sentry.addBreadcrumb({ category: 'db', message: 'read 1 row of saved_addresses' });
    savedAddresses(stored);
  });
}

function showStock(customer: Customer, sku: string): Promise<void> {
  return request(customer, 'GET /api/stock', { sku }, () => stockOf(warehouseUrl, sku));
}
