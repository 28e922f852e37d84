/** What the writer thread is started with. */
export interface WriterOptions {
  readonly folder: string;
  readonly partitions: number;
  readonly segmentBytes: number;
}

/** To the writer thread: values one behind the other, each with its partition; or the wish that it ends. */
export type WriterRequest =
  | {
      readonly kind: 'append';
      readonly bytes: ArrayBuffer;
      readonly lengths: readonly number[];
      readonly partitions: readonly number[];
    }
  | { readonly kind: 'close' };

/** From it, for each append. */
export interface WriterAnswer {
  readonly failure?: { readonly isDiskFull: boolean; readonly message: string };
}
