import { existsSync, statSync } from 'node:fs';
import { Segment, segmentPath } from './segment.ts';

interface Entry {
  readonly segment: Segment;
  references: number;
}

/**
 * The environments open in this process, by path. LMDB allows one open per process and file; and a second one of lmdb's
 * own would let a write of this thread wait for a lock that the same thread has to give back. So logs, readers and writers share.
 */
const openByPath = new Map<string, Entry>();

/** Opens a segment or joins who has it open. Give it back with `releaseSegment`. */
export function acquireSegment(folder: string, base: number, segmentBytes: number): Segment {
  const path = segmentPath(folder, base);
  let entry = openByPath.get(path);
  if (entry === undefined) {
    entry = { segment: new Segment(folder, base, segmentBytes), references: 0 };
    openByPath.set(path, entry);
  }
  entry.references += 1;
  return entry.segment;
}

/**
 * As `acquireSegment`, but never creates: undefined when the file is gone. (Opening creates, so a file deleted between the look and
 * the open comes back empty; it is told by its inode. Readers and trimming pass over such an empty file in any case.)
 */
export function acquireExistingSegment(
  folder: string,
  base: number,
  segmentBytes: number,
): Segment | undefined {
  const path = segmentPath(folder, base);
  if (openByPath.has(path)) return acquireSegment(folder, base, segmentBytes);
  const before = statSync(path, { throwIfNoEntry: false })?.ino;
  if (before === undefined) return undefined;
  const segment = acquireSegment(folder, base, segmentBytes);
  if (statSync(path, { throwIfNoEntry: false })?.ino === before) return segment;
  void releaseSegment(segment);
  return undefined;
}

export async function releaseSegment(segment: Segment): Promise<void> {
  const entry = openByPath.get(segment.path);
  if (entry === undefined || entry.segment !== segment) return;
  entry.references -= 1;
  if (entry.references > 0) return;
  openByPath.delete(segment.path);
  await segment.close();
}

/** False once another process deleted the segment's file: whoever holds it open keeps its disk space. */
export function isSegmentThere(segment: Segment): boolean {
  return existsSync(segment.path);
}
