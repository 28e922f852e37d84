/** What the writer thread is started with. */
export interface WriterOptions {
  /** Folders of the partitions. */
  readonly folders: readonly string[];
  readonly segmentBytes: number;
}

/** To the writer thread: values one behind the other, for one partition; or the wish that it ends. */
export type WriterRequest =
  | {
      readonly kind: 'append';
      readonly partition: number;
      readonly bytes: ArrayBuffer;
      readonly lengths: readonly number[];
    }
  | { readonly kind: 'close' };

/** From it: each append is answered, those of a partition in order. */
export interface WriterAnswer {
  readonly partition: number;
  readonly failure?: { readonly isDiskFull: boolean; readonly message: string };
}
