import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EventLogError } from '../event-log.ts';
import { syncFolderNow } from './file-system.ts';

/** What stands in a segment: `records` under their offsets, as it was at first, or `blocks` of them. */
export type SegmentFormat = 'records' | 'blocks';

/** How a segment begins. */
export interface SegmentHead {
  readonly format: SegmentFormat;
  /** First offset of each partition. */
  readonly bases: readonly number[];
}

const EXTENSION = '.mdb';
const DIGITS = 10;

function nameOf(sequence: number): string {
  return String(sequence).padStart(DIGITS, '0');
}

/** The LMDB file of a segment. */
export function segmentPath(folder: string, sequence: number): string {
  return join(folder, `${nameOf(sequence)}${EXTENSION}`);
}

function headPath(folder: string, sequence: number): string {
  return join(folder, `${nameOf(sequence)}.json`);
}

function consumedPath(folder: string, sequence: number): string {
  return join(folder, `${nameOf(sequence)}.consumed`);
}

/** Sequence numbers of the segments in a topic's folder, rising. */
export function segmentSequences(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(EXTENSION))
    .map((name) => Number(name.slice(0, -EXTENSION.length)))
    .sort((a, b) => a - b);
}

/**
 * Creates an empty segment that begins, for each partition, with the offset in `bases`; all of it is durable then, and it exists only once its
 * head is. Hold the gate.
 */
export function createSegment(folder: string, sequence: number, bases: readonly number[]): void {
  writeWhole(headPath(folder, sequence), `${JSON.stringify({ format: 'blocks', bases })}\n`);
  closeSync(openSync(segmentPath(folder, sequence), 'wx', 0o600));
  syncFolderNow(folder);
}

/** Removes a segment and what belongs to it; the caller makes it durable. */
export async function deleteSegment(folder: string, sequence: number): Promise<void> {
  const path = segmentPath(folder, sequence);
  for (const each of [path, `${path}-lock`, consumedPath(folder, sequence), headPath(folder, sequence)]) {
    await rm(each, { force: true });
  }
}

/** How a segment begins, or undefined when it is deleted. @throws EventLogError `unavailable` for a format of a later version. */
export function readHead(folder: string, sequence: number): SegmentHead | undefined {
  const path = headPath(folder, sequence);
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed === 'object' && parsed !== null && 'bases' in parsed && Array.isArray(parsed.bases)) {
    const bases: unknown[] = parsed.bases;
    const format = 'format' in parsed ? parsed.format : 'records';
    const isKnown = format === 'records' || format === 'blocks';
    if (isKnown && bases.every((base) => typeof base === 'number')) return { format, bases };
  }
  throw new EventLogError('unavailable', `${path} does not describe a segment`);
}

/** Unix milliseconds since when all of a segment is known to be consumed: `now`, unless it was known before. */
export function consumedSince(folder: string, sequence: number, now: number): number {
  const path = consumedPath(folder, sequence);
  const known = numberIn(readIfThere(path));
  if (known !== undefined) return known;
  writeWhole(path, String(now));
  return now;
}

/** The position below which a partition is consumed, as its consumer last said; 0 when it never did. */
export function readConsumed(folder: string, partition: number): number {
  return numberIn(readIfThere(join(folder, `consumed-${partition}`))) ?? 0;
}

export function writeConsumed(folder: string, partition: number, position: number): void {
  writeWhole(join(folder, `consumed-${partition}`), String(position));
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Old or new, never half; the name becomes durable with the folder. */
function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  const fd = openSync(draft, 'w', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, path);
}
