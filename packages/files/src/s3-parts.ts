/** What is larger goes up in parts of this size, one after the other: so much is held in memory for each file on its way. S3 takes 10,000 parts of at least 5 MiB. */
export const PART_BYTES = 8 * 1024 * 1024;

/** Cuts a file into parts; `note` sees each chunk as it comes, and what it throws ends the file. Nothing comes of an empty one. */
export async function* partsOf(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  note: (chunk: Uint8Array) => void,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly isLast: boolean }> {
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    note(chunk);
    // A part is only given out when something follows it, so that the last one is known as such.
    for (let start = 0; start < chunk.length; ) {
      if (bytes === PART_BYTES) {
        yield { bytes: Buffer.concat(chunks), isLast: false };
        chunks = [];
        bytes = 0;
      }
      const piece = chunk.subarray(start, start + PART_BYTES - bytes);
      chunks.push(piece);
      bytes += piece.length;
      start += piece.length;
    }
  }
  if (bytes > 0) yield { bytes: Buffer.concat(chunks), isLast: true };
}
