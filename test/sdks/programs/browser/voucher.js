export class VoucherError extends Error {
  name = 'VoucherError';
}

export function applyVoucher(code) {
  throw new VoucherError(`voucher ${code} cannot be applied`);
}
