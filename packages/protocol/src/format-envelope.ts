import type { EnvelopeHeader, ItemHeader } from './envelope.ts';

/** An item to be written; its `length` is set from the payload. */
export interface NewEnvelopeItem {
  readonly header: Omit<ItemHeader, 'length'>;
  readonly payload: Uint8Array;
}

const textEncoder = new TextEncoder();

/** The bytes of an envelope: header line, then for each item its header line and its payload. `parseEnvelope` reads back the same. */
export function formatEnvelope(header: EnvelopeHeader, items: readonly NewEnvelopeItem[]): Uint8Array {
  const newline = textEncoder.encode('\n');
  const parts: Uint8Array[] = [textEncoder.encode(JSON.stringify(header)), newline];
  for (const { header: itemHeader, payload } of items) {
    const line = JSON.stringify({ ...itemHeader, length: payload.length });
    parts.push(textEncoder.encode(line), newline, payload, newline);
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}
