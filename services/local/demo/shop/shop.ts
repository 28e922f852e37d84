/** Money in cents. */
export interface CartLine {
  readonly sku: string;
  readonly price: number;
  readonly quantity: number;
}

export interface Cart {
  readonly id: string;
  readonly lines: readonly CartLine[];
  readonly shipping: { readonly method: 'parcel' | 'pickup'; readonly quote: { readonly amount: number } };
}

export interface Voucher {
  readonly code: string;
  readonly kind: 'percent' | 'amount';
  readonly value: number;
  readonly freeShipping: boolean;
}

export interface Totals {
  readonly goods: number;
  readonly discount: number;
  readonly shipping: number;
}

export interface Customer {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly country: string;
}
