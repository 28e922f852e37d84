import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type SecurityReportContext, securityReportToEvent } from '../src/index.ts';
import { normalized } from './normalized.ts';

/** One case: the file name is the promise. `expect` names whole fields of the stored event. */
interface Case {
  readonly report: unknown;
  readonly context?: SecurityReportContext;
  readonly expect?: Record<string, unknown>;
  readonly refused?: string;
}

const folder = join(import.meta.dirname, 'security-reports');

describe('a security report', () => {
  it.each(readdirSync(folder).map((file) => [basename(file, '.json').replaceAll('-', ' '), file]))(
    '%s',
    (_, file) => {
      const given = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case;
      const read = securityReportToEvent(given.report, given.context ?? {});
      if (!read.ok) {
        expect(read.reason).toBe(given.refused);
        return;
      }
      const result = normalized(read.event, { itemType: 'security', sdkClient: undefined });
      if (!result.ok) throw new Error(`refused: ${result.reason}`);
      const event = JSON.parse(JSON.stringify(result.event)) as Record<string, unknown>;
      const named = Object.fromEntries(Object.keys(given.expect ?? {}).map((key) => [key, event[key]]));
      expect(named).toEqual(given.expect);
      expect(event.errors).toBeUndefined();
    },
  );

  it('never throws, however its lists are nested', () => {
    let nested: unknown = 'x';
    for (let i = 0; i < 50_000; i++) nested = [{ 'a-b': nested }];
    const read = securityReportToEvent(
      { 'csp-report': { 'effective-directive': 'img-src', deep: nested } },
      {},
    );
    expect(read.ok && normalized(read.event).ok).toBe(true);
  });
});
