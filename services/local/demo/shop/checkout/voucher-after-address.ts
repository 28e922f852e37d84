import type { Cart, Totals, Voucher } from '../shop.ts';

/** As of 5.30.2: a voucher counts once the customer has chosen an address, and so the shipping. */
export function applyVoucher(cart: Cart, voucher: Voucher): Totals | undefined {
  if (cart.shipping.quote === undefined) return undefined;
  const goods = cart.lines.reduce((sum, line) => sum + line.price * line.quantity, 0);
  const discount = voucher.kind === 'percent' ? (goods * voucher.value) / 100 : voucher.value;
  return { goods, discount, shipping: voucher.freeShipping ? 0 : cart.shipping.quote.amount };
}
