import { existsSync, statSync } from 'node:fs';
import { Segment } from './segment.ts';
import { segmentPath } from './segment-files.ts';

interface Entry {
  readonly segment: Segment;
  references: number;
}

/** The segments open in this thread, by path: an environment may be opened once, so readers and logs share. */
const openByPath = new Map<string, Entry>();

/** Opens or creates a segment, or joins who has it open here. Hold the gate, and give it back with `releaseSegment`. */
export function acquireSegment(folder: string, sequence: number, segmentBytes: number): Segment {
  const path = segmentPath(folder, sequence);
  let entry = openByPath.get(path);
  if (entry === undefined) {
    entry = { segment: new Segment(folder, sequence, segmentBytes), references: 0 };
    openByPath.set(path, entry);
  }
  entry.references += 1;
  return entry.segment;
}

/**
 * As `acquireSegment`, but undefined when the file is gone. Opening creates, so a file that is deleted between the look and the open
 * comes back empty; it is told by its inode. (Readers and trimming pass over such an empty file in any case.)
 */
export function acquireExistingSegment(
  folder: string,
  sequence: number,
  segmentBytes: number,
): Segment | undefined {
  const path = segmentPath(folder, sequence);
  if (openByPath.has(path)) return acquireSegment(folder, sequence, segmentBytes);
  const before = statSync(path, { throwIfNoEntry: false })?.ino;
  if (before === undefined) return undefined;
  const segment = acquireSegment(folder, sequence, segmentBytes);
  if (statSync(path, { throwIfNoEntry: false })?.ino === before) return segment;
  releaseSegment(segment);
  return undefined;
}

/** Closes the segment when nobody else here has it open. Hold the gate. */
export function releaseSegment(segment: Segment): void {
  const entry = openByPath.get(segment.path);
  if (entry === undefined || entry.segment !== segment) return;
  entry.references -= 1;
  if (entry.references > 0) return;
  openByPath.delete(segment.path);
  segment.close();
}

/** False once the segment's file is deleted: whoever holds it open keeps its disk space. */
export function isSegmentThere(segment: Segment): boolean {
  return existsSync(segment.path);
}
