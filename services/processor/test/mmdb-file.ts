/** What a database of places says of a network. */
export type Place = string | number | readonly Place[] | { readonly [key: string]: Place };

/** Bits of the first three parts of an address: all networks of these files are of 256 addresses. */
const PREFIX = 24;
const POINTER_GAP = 16;

/** The bytes of a small database in MaxMind's format: IPv4 networks `a.b.c.0/24` and what is known of each. */
export function mmdbFile(places: { readonly [network: string]: Place }): Buffer {
  const data: Buffer[] = [];
  const offsets = new Map<string, number>();
  for (const [network, place] of Object.entries(places)) {
    offsets.set(network, Buffer.concat(data).length);
    data.push(encode(place));
  }
  const nodes = treeOf(offsets);
  const metadata = encode({
    node_count: nodes.length,
    record_size: 24,
    ip_version: 4,
    database_type: 'Test-City',
    languages: ['en'],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_795_259_045,
    description: { en: 'test' },
  });
  const tree = Buffer.alloc(nodes.length * 6);
  nodes.forEach((records, node) => {
    records.forEach((record, side) => {
      const value =
        record === undefined
          ? nodes.length
          : 'node' in record
            ? record.node
            : nodes.length + POINTER_GAP + record.offset;
      tree.writeUIntBE(value, node * 6 + side * 3, 3);
    });
  });
  return Buffer.concat([
    tree,
    Buffer.alloc(POINTER_GAP),
    ...data,
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    metadata,
  ]);
}

type Target = { readonly node: number } | { readonly offset: number } | undefined;

/** The tree of address bits: each node has where a 0 leads and where a 1 does. */
function treeOf(offsets: ReadonlyMap<string, number>): [Target, Target][] {
  const nodes: [Target, Target][] = [[undefined, undefined]];
  for (const [network, offset] of offsets) {
    const bits = network
      .split('.')
      .slice(0, 3)
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('');
    let at = 0;
    for (let i = 0; i < PREFIX; i++) {
      const side = bits[i] === '1' ? 1 : 0;
      const node = nodes[at];
      if (node === undefined) throw new Error('tree has a hole');
      if (i === PREFIX - 1) node[side] = { offset };
      else {
        const next = node[side];
        if (next !== undefined && 'node' in next) at = next.node;
        else {
          nodes.push([undefined, undefined]);
          at = nodes.length - 1;
          node[side] = { node: at };
        }
      }
    }
  }
  return nodes;
}

/** Types of the format: text 2, unsigned 32 bits 6, map 7, list 11. */
function encode(place: Place): Buffer {
  if (typeof place === 'string')
    return Buffer.concat([control(2, Buffer.byteLength(place)), Buffer.from(place)]);
  if (typeof place === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(place);
    return Buffer.concat([control(6, 4), bytes]);
  }
  if (Array.isArray(place)) return Buffer.concat([control(11, place.length), ...place.map(encode)]);
  const entries = Object.entries(place);
  return Buffer.concat([
    control(7, entries.length),
    ...entries.flatMap(([key, value]) => [encode(key), encode(value)]),
  ]);
}

function control(type: number, size: number): Buffer {
  if (size > 28) throw new Error('only small values are written');
  return type > 7 ? Buffer.from([size, type - 7]) : Buffer.from([(type << 5) | size]);
}
