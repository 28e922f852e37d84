import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EventLogError } from '@culprit/event-log';
import { decodeLogRecord, encodeLogRecord, LogRecordError } from '@culprit/protocol';
import { aLogRecordValue, temporaryFolder } from '@culprit/testkit';
import { expect, test } from 'vitest';
import { createSegment } from '../../packages/event-log/src/lmdb/segment-files.ts';
import { readSpoolId } from '../../packages/event-log/src/spool/spool-file.ts';
import {
  decodeSpoolRecord,
  encodeSpoolRecord,
  SpoolFormatError,
} from '../../packages/event-log/src/spool/spool-record.ts';
import { parseSnapshot } from '../../services/ingest/snapshot/snapshot.ts';
import type { Formats } from '../../services/local/release/manifest.ts';
import { inRoot } from '../../services/local/repository.ts';
import { PLAN_FORMAT } from '../../services/processor/batch/plan.ts';

/** What the next deploy compares with the release that runs. Change it with the format, never alone. */
const formats = JSON.parse(readFileSync(inRoot('services/local/release/formats.json'), 'utf8')) as Formats;

test('log records are written in no version that is not declared, and each declared one is read', () => {
  const plain = aLogRecordValue();
  const compressed = encodeLogRecord({
    header: {
      ...decodeLogRecord(plain).header,
      payload_part: { encoding: 'gzip', size: 2, start: 0, length: 2 },
    } as Parameters<typeof encodeLogRecord>[0]['header'],
    payload: Buffer.from('{}'),
  });
  expect([plain[0], compressed[0]]).toEqual(formats.log_record?.writes);
  const readable = [1, 2, 3].filter((version) => isReadable(version));
  expect(readable).toEqual(formats.log_record?.reads);

  function isReadable(version: number): boolean {
    const record = Buffer.from(version === 2 ? compressed : plain);
    record[0] = version;
    try {
      decodeLogRecord(record);
      return true;
    } catch (error) {
      if (error instanceof LogRecordError) return false;
      throw error;
    }
  }
});

test('segments of the log are begun in the format that is declared', async () => {
  const folder = await temporaryFolder();
  try {
    await mkdir(folder.path, { recursive: true });
    createSegment(folder.path, 7, [0]);
    const head = JSON.parse(readFileSync(join(folder.path, '0000000007.json'), 'utf8')) as { format: string };
    expect([head.format]).toEqual(formats.log_segment?.writes);
  } finally {
    await folder.remove();
  }
});

test('plans are written in the format that is declared', () => {
  expect(formats.plan).toEqual({ writes: [PLAN_FORMAT], reads: [PLAN_FORMAT] });
});

test('snapshots of ingest are read in the format that is declared, and in no other', () => {
  const snapshot = (format: number) => ({ format, version: 1, taken_at: 0, projects: [], keys: [] });
  const readable = [0, 1, 2, 3].filter((format) => parseSnapshot(snapshot(format)) !== undefined);
  expect(readable).toEqual(formats.ingest_snapshot?.reads);
});

test('a spool is begun in the format that is declared, and opened in no other', async () => {
  const folder = await temporaryFolder();
  try {
    const fileOf = (name: string): string => join(folder.path, name, 'spool.json');
    await readSpoolId(join(folder.path, 'begun'));
    const begun = JSON.parse(readFileSync(fileOf('begun'), 'utf8')) as { format: number };
    expect([begun.format]).toEqual(formats.spool?.writes);
    const readable: number[] = [];
    for (const format of [0, 1, 2, 3]) {
      await mkdir(join(folder.path, String(format)));
      await writeFile(fileOf(String(format)), JSON.stringify({ ...begun, format }));
      const isRead = await readSpoolId(join(folder.path, String(format))).then(
        () => true,
        (error: unknown) => {
          if (error instanceof EventLogError && error.code === 'misconfigured') return false;
          throw error;
        },
      );
      if (isRead) readable.push(format);
    }
    expect(readable).toEqual(formats.spool?.reads);
  } finally {
    await folder.remove();
  }
});

test('records of the spool are written in the version that is declared, and read in no other', () => {
  const record = { key: 'key', reason: '', value: Buffer.from('value') };
  const written = Buffer.from(encodeSpoolRecord(record));
  expect([written[0]]).toEqual(formats.spool_record?.writes);
  const readable = [0, 1, 2, 3].filter((version) => {
    written[0] = version;
    try {
      decodeSpoolRecord(written);
      return true;
    } catch (error) {
      if (error instanceof SpoolFormatError) return false;
      throw error;
    }
  });
  expect(readable).toEqual(formats.spool_record?.reads);
});
