import { type Refusal, refuse } from '@culprit/protocol';
import { Busboy } from '@fastify/busboy';
import { oversized } from '../accept/item-limits.ts';
import type { FormField } from '../crash/form-fields.ts';

/** A part that is a file. */
export interface FormFile {
  /** Of the field. */
  readonly name: string;
  readonly filename: string | undefined;
  readonly contentType: string;
  readonly bytes: Buffer;
}

export interface Form {
  readonly ok: true;
  readonly files: readonly FormFile[];
  readonly fields: readonly FormField[];
}

export interface FormLimits {
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Bytes of one field. */
  readonly fieldBytes: number;
  readonly files: number;
  readonly fields: number;
}

/** Milliseconds for what takes a hundredth of it: a parser that hangs must not hold a request for ever. */
const MAX_MS = 30_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** Written to the parser at once; other requests get their turn in between, and what is refused goes no further. A part takes five bytes at least. */
const STEP_BYTES = 64 * 1024;

/**
 * Reads a `multipart/form-data` body that is in memory already.
 *
 * @param isFile names of fields that are files though they have no file name.
 */
export function parseForm(
  body: Buffer,
  contentType: string,
  limits: FormLimits,
  isFile: (name: string) => boolean = () => false,
): Promise<Form | Refusal> {
  return new Promise((resolve) => {
    const files: FormFile[] = [];
    const fields: FormField[] = [];
    let isDone = false;
    const timer = setTimeout(() => finish(malformed()), MAX_MS);
    const finish = (result: Form | Refusal): void => {
      isDone = true;
      clearTimeout(timer);
      resolve(result);
    };
    const parser = openParser(contentType, limits, isFile);
    if (parser === undefined) {
      finish(malformed());
      return;
    }
    parser.on('file', (name, stream, filename, _encoding, type) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('limit', () => finish(oversized('attachment')));
      stream.on('error', () => finish(malformed()));
      stream.on('end', () => {
        files.push({ name: name ?? '', filename, contentType: type, bytes: Buffer.concat(chunks) });
      });
    });
    parser.on('field', (name, value, _isNameCut, isCut) => {
      if (isCut) finish(oversized('form_data'));
      else fields.push({ name: name ?? '', value });
    });
    parser.on('filesLimit', () => finish(oversized('attachment')));
    parser.on('fieldsLimit', () => finish(oversized('form_data')));
    parser.on('partsLimit', () => finish(oversized('attachment')));
    parser.on('error', () => finish(malformed()));
    parser.once('finish', () => finish({ ok: true, files, fields }));
    feed(parser, body, () => isDone);
  });
}

type Parser = InstanceType<typeof Busboy>;

function openParser(
  contentType: string,
  limits: FormLimits,
  isFile: (name: string) => boolean,
): Parser | undefined {
  if (!/^multipart\/form-data\s*;/i.test(contentType)) return undefined;
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      isPartAFile: (name, _type, filename) => filename !== undefined || isFile(name ?? ''),
      limits: {
        fileSize: limits.fileBytes,
        fieldSize: limits.fieldBytes,
        files: limits.files,
        fields: limits.fields,
        parts: limits.files + limits.fields + 1,
        headerPairs: 20,
        headerSize: MAX_HEADER_BYTES,
      },
    });
  } catch {
    return undefined; // no boundary, or one that is none
  }
}

function feed(parser: Parser, body: Buffer, isDone: () => boolean): void {
  let at = 0;
  const next = (): void => {
    if (isDone() || parser.destroyed) return;
    if (at >= body.length) {
      parser.end();
      return;
    }
    const step = body.subarray(at, at + STEP_BYTES);
    at += step.length;
    parser.write(step, () => setImmediate(next));
  };
  next();
}

const malformed = (): Refusal => refuse(400, 'invalid multipart body', 'invalid_multipart');
