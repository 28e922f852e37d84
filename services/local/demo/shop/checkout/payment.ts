export class PaymentDeclinedError extends Error {
  override readonly name = 'PaymentDeclinedError';
  readonly reason: string;

  constructor(reason: string) {
    super(`The bank declined the payment: ${reason}`);
    this.reason = reason;
  }
}

/** Charges a card. Cards that end in 0002 are declined, as in every payment provider's test mode. */
export function charge(card: string, amount: number): { readonly charged: number } {
  if (card.endsWith('0002')) throw new PaymentDeclinedError('card_declined');
  return { charged: amount };
}
