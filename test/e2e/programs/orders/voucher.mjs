export class VoucherError extends Error {
  name = 'VoucherError';
}

/** Cents off; a voucher without a value is what this program trips over. */
export function discountOf(voucher) {
  return voucher.value.amount;
}

export function applyVoucher(order, voucher) {
  try {
    return order.total - discountOf(voucher);
  } catch (cause) {
    throw new VoucherError(`voucher ${voucher.code} cannot be applied`, { cause });
  }
}
