/** A delivery did not succeed. `isFinal`: trying again cannot help until somebody changes the channel. */
export class DeliveryError extends Error {
  readonly code = 'delivery';
  readonly isFinal: boolean;
  constructor(message: string, options: ErrorOptions & { readonly isFinal?: boolean } = {}) {
    super(message, options);
    this.isFinal = options.isFinal ?? false;
  }
}
