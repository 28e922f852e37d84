import type { Random } from './random.ts';

type Mutation = (bytes: Buffer, random: Random) => Buffer;

const MAGIC = [
  '\n',
  '\r\n',
  '\0',
  '{}',
  '[]',
  '"',
  '\\',
  '{"type":"event"}\n',
  'null',
  '-1',
  '1e999',
  '\ud800',
];
const NUMBERS = ['0', '-1', '4294967295', '4294967296', '18446744073709551616', '1e308', '0.1', '-0', '""'];

/** Each makes one change anywhere, without knowing what the bytes mean. */
const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const changed = Buffer.from(bytes);
    const at = random.below(changed.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
    return changed;
  },
  function cutEnd(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length));
  },
  function cutOut(bytes, random) {
    const from = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + random.below(64))]);
  },
  function repeatPart(bytes, random) {
    const from = random.below(bytes.length);
    const part = bytes.subarray(from, from + 1 + random.below(256));
    return Buffer.concat([bytes.subarray(0, from), part, part, bytes.subarray(from)]);
  },
  function insertMagic(bytes, random) {
    const at = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.of(MAGIC)), bytes.subarray(at)]);
  },
  function insertNoise(bytes, random) {
    const at = random.below(bytes.length);
    const noise = Buffer.from(Array.from({ length: 1 + random.below(16) }, () => random.below(256)));
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
  function changeNumber(bytes, random) {
    const text = bytes.toString('latin1');
    const numbers = [...text.matchAll(/-?[0-9]+(?:\.[0-9]+)?/g)];
    const [chosen] = numbers.length === 0 ? [] : [random.of(numbers)];
    if (chosen === undefined) return bytes;
    const rest = text.slice(chosen.index + chosen[0].length);
    return Buffer.from(`${text.slice(0, chosen.index)}${random.of(NUMBERS)}${rest}`, 'latin1');
  },
  function swapLines(bytes, random) {
    const lines = bytes.toString('latin1').split('\n');
    const [a, b] = [random.below(lines.length), random.below(lines.length)];
    [lines[a], lines[b]] = [lines[b] ?? '', lines[a] ?? ''];
    return Buffer.from(lines.join('\n'), 'latin1');
  },
];

/** One to three changes. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let changed = bytes;
  for (let i = 1 + random.below(3); i > 0 && changed.length > 0; i--) {
    changed = random.of(MUTATIONS)(changed, random);
  }
  return changed;
}
