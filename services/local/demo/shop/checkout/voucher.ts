import type { Cart, Totals, Voucher } from '../shop.ts';

/** As of 5.31.0: vouchers may be entered before the shipping is known. */
export function applyVoucher(cart: Cart, voucher: Voucher): Totals {
  const goods = cart.lines.reduce((sum, line) => sum + line.price * line.quantity, 0);
  const discount = voucher.kind === 'percent' ? (goods * voucher.value) / 100 : voucher.value;
  const shipping = cart.shipping.quote.amount;
  return {
    goods,
    discount,
    shipping: voucher.freeShipping ? 0 : shipping,
  };
}
