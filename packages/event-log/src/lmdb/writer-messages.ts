/** What the writer thread is started with. */
export interface WriterOptions {
  readonly folder: string;
  readonly partitions: number;
  readonly segmentBytes: number;
}

/** A block within the bytes of a request. */
export interface BlockPlace {
  readonly partition: number;
  readonly records: number;
  /** Bytes; blocks lie one behind the other. */
  readonly length: number;
}

/** To the writer thread: blocks to append, or the wish that it ends. */
export type WriterRequest =
  | {
      readonly kind: 'append';
      readonly bytes: ArrayBuffer;
      readonly blocks: readonly BlockPlace[];
    }
  | { readonly kind: 'close' };

/** From it, for each append. */
export interface WriterAnswer {
  /** The memory of the request, to be used again. */
  readonly bytes?: ArrayBuffer;
  readonly failure?: { readonly isDiskFull: boolean; readonly message: string };
}
