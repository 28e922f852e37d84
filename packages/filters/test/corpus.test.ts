import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { FilterSettings } from '@culprit/protocol';
import { aNormalizedEvent as anEvent } from '@culprit/testkit/events';
import { describe, expect, it } from 'vitest';
import { filterEvent, NO_FILTERS, type RequestFacts } from '../src/index.ts';

/** The file name is the promise. Every event of `filtered` has that reason, every one of `kept` has none; without the settings nothing is filtered. */
interface Case {
  readonly settings: Partial<FilterSettings>;
  readonly reason: string;
  readonly request?: RequestFacts;
  readonly filtered: readonly Record<string, unknown>[];
  readonly kept?: readonly Record<string, unknown>[];
}

const folder = join(import.meta.dirname, 'cases');

describe('filters', () => {
  it.each(readdirSync(folder).map((file) => [basename(file, '.json').replaceAll('-', ' '), file]))(
    '%s',
    (_, file) => {
      const given = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case;
      const settings = { ...NO_FILTERS, ...given.settings };
      const reasons = (events: readonly Record<string, unknown>[], by: FilterSettings): unknown =>
        events.map((fields) => [fields, filterEvent(anEvent(fields), by, given.request)]);
      expect(reasons(given.filtered, settings)).toEqual(
        given.filtered.map((fields) => [fields, given.reason]),
      );
      expect(reasons(given.filtered, NO_FILTERS)).toEqual(
        given.filtered.map((fields) => [fields, undefined]),
      );
      const kept = given.kept ?? [];
      expect(reasons(kept, settings)).toEqual(kept.map((fields) => [fields, undefined]));
    },
  );
});
