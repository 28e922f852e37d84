import type { Cart, Totals, Voucher } from '../shop.ts';

export type ApplyVoucher = (cart: Cart, voucher: Voucher) => Totals | undefined;

export class CheckoutError extends Error {
  override readonly name = 'CheckoutError';
}

/** What the customer pays, in cents. Undefined while the voucher has to wait for an address. */
export function recalculate(cart: Cart, voucher: Voucher, applyVoucher: ApplyVoucher): number | undefined {
  try {
    const totals = applyVoucher(cart, voucher);
    return totals === undefined ? undefined : totals.goods - totals.discount + totals.shipping;
  } catch (cause) {
    throw new CheckoutError(`Could not apply voucher ${voucher.code}.`, { cause });
  }
}
