import type { JsonObject } from '@culprit/protocol';
import { boundBag } from './bags.ts';
import {
  address,
  applyFields,
  type FieldRule,
  fieldTable,
  lenientCount,
  listOrNote,
  objectOrNote,
  text,
} from './field-rules.ts';
import { isObject } from './json-object.ts';
import type { Notes, Path } from './notes.ts';

/** Bytes of all images; a native program has some hundred of about 300. */
const MAX_BYTES = 262_144;
const PATH: Path = { parent: null, key: 'debug_meta' };

/** A UUID, with or without dashes and the age that Windows adds; as `8-4-4-4-12[-age]` in lower case. */
const debugId: FieldRule = (value, notes, path, key) => {
  const lower = typeof value === 'string' && value.length <= 50 ? value.toLowerCase() : '';
  const match =
    /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})(?:-?([0-9a-f]{1,8}))?$/.exec(
      lower,
    );
  if (match !== null) {
    const [, a, b, c, d, e, age] = match;
    return [a, b, c, d, e, ...(age === undefined || /^0+$/.test(age) ? [] : [age])].join('-');
  }
  notes.invalid(path, key, 'invalid debug identifier', value);
  return undefined;
};

/** Types of images, and the one that an older name stands for. */
const IMAGE_TYPES: ReadonlyMap<unknown, string> = new Map([
  ['apple', 'macho'],
  ...['macho', 'elf', 'pe', 'pe_dotnet', 'wasm', 'symbolic', 'proguard', 'jvm', 'sourcemap'].map(
    (type): [string, string] => [type, type],
  ),
]);

/** The rest of an image is kept as it is: readers match it with what was uploaded. */
const IMAGE_FIELDS = fieldTable({
  code_file: text(4096),
  debug_file: text(4096),
  code_id: text(256),
  debug_id: debugId,
  uuid: debugId,
  image_addr: address,
  image_vmaddr: address,
  image_size: lenientCount,
  arch: text(64),
  name: text(4096),
  debug_checksum: text(256),
});

/** Which modules the program had loaded. An image of unknown type is null, with a note; undefined when nothing is left. */
export function normalizeDebugMeta(value: unknown, notes: Notes): JsonObject | undefined {
  const raw = objectOrNote(value, notes, null, 'debug_meta');
  if (raw === undefined) return undefined;
  const images = listOrNote(raw.images, notes, PATH, 'images');
  const path: Path = { parent: PATH, key: 'images' };
  const bounded =
    images &&
    (boundBag(images, MAX_BYTES, 4, notes, PATH, 'images') as readonly unknown[]).map((image, i) =>
      image === null ? null : normalizeImage(image, notes, path, i),
    );
  const sdk = objectOrNote(raw.sdk_info, notes, PATH, 'sdk_info');
  const meta = {
    ...(bounded === undefined ? {} : { images: bounded }),
    ...(sdk === undefined ? {} : { sdk_info: boundBag(sdk, 1024, 3, notes, PATH, 'sdk_info') }),
  };
  return Object.keys(meta).length === 0 ? undefined : meta;
}

function normalizeImage(sent: unknown, notes: Notes, path: Path, index: number): JsonObject | null {
  const type = isObject(sent) ? IMAGE_TYPES.get(sent.type) : undefined;
  if (!isObject(sent) || type === undefined) {
    notes.invalid(path, index, 'unsupported debug image', sent);
    return null;
  }
  return { type, ...applyFields(sent, IMAGE_FIELDS, notes, { parent: path, key: index }) } as JsonObject;
}
