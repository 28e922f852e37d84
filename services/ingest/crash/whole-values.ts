/** By head byte from 0xc0 on: bytes of a value of fixed length, its head included. 0: another kind. */
const FIXED: readonly number[] = [
  ...[1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 5, 9, 2, 3, 5, 9],
  ...[2, 3, 5, 9, 3, 4, 6, 10, 18, 0, 0, 0, 0, 0, 0, 0],
];

/** Of a value whose head says how long it is: bytes of that number, and bytes beside head, number and content. */
const COUNTED: Readonly<Record<number, readonly [width: 1 | 2 | 4, extra: 0 | 1]>> = {
  196: [1, 0],
  197: [2, 0],
  198: [4, 0],
  199: [1, 1],
  200: [2, 1],
  201: [4, 1],
  217: [1, 0],
  218: [2, 0],
  219: [4, 0],
};

/** Of arrays and maps: bytes of the number of entries, and values in an entry. */
const CONTAINERS: Readonly<Record<number, readonly [width: 2 | 4, values: 1 | 2]>> = {
  220: [2, 1],
  221: [4, 1],
  222: [2, 2],
  223: [4, 2],
};

interface Head {
  /** Bytes up to the next value; infinite where the bytes are no value. */
  readonly bytes: number;
  /** Values that follow and belong to this one. */
  readonly values: number;
}

/**
 * The part of MessagePack bytes that consists of whole values. A reader makes room for as many entries as an array claims, so a few bytes
 * of arrays within arrays would take all memory: here every entry that is claimed has to be there.
 */
export function wholeValues(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let whole = 0;
  let owed = 0;
  for (let at = 0; at < bytes.length; ) {
    const { bytes: length, values } = headAt(view, at);
    at += length;
    owed = Math.max(0, owed - 1) + values;
    // An entry takes a byte at least.
    if (at + owed > bytes.length) break;
    if (owed === 0) whole = at;
  }
  return bytes.subarray(0, whole);
}

function headAt(view: DataView, at: number): Head {
  const byte = view.getUint8(at);
  if (byte < 0x80 || byte >= 0xe0) return { bytes: 1, values: 0 };
  if (byte < 0x90) return { bytes: 1, values: 2 * (byte & 0x0f) };
  if (byte < 0xa0) return { bytes: 1, values: byte & 0x0f };
  if (byte < 0xc0) return { bytes: 1 + (byte & 0x1f), values: 0 };
  const counted = COUNTED[byte];
  if (counted !== undefined) {
    const [width, extra] = counted;
    return { bytes: 1 + width + extra + numberAt(view, at + 1, width), values: 0 };
  }
  const container = CONTAINERS[byte];
  if (container !== undefined) {
    const [width, each] = container;
    return { bytes: 1 + width, values: each * numberAt(view, at + 1, width) };
  }
  const fixed = FIXED[byte - 0xc0] ?? 0;
  return { bytes: fixed === 0 ? Number.POSITIVE_INFINITY : fixed, values: 0 };
}

function numberAt(view: DataView, at: number, width: 1 | 2 | 4): number {
  if (at + width > view.byteLength) return Number.POSITIVE_INFINITY;
  if (width === 1) return view.getUint8(at);
  return width === 2 ? view.getUint16(at) : view.getUint32(at);
}
