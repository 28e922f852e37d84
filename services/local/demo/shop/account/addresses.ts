export interface Address {
  readonly street: string;
  readonly city: string;
}

/** Saved addresses as the old app stored them: one JSON text per customer. */
export function savedAddresses(stored: string): readonly Address[] {
  return JSON.parse(stored) as readonly Address[];
}
