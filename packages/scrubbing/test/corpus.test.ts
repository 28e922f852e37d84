import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ScrubbingSettings } from '@culprit/protocol';
import { aNormalizedEvent as anEvent } from '@culprit/testkit/events';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SCRUBBING, scrubEvent } from '../src/index.ts';

/**
 * The file name is the promise. `expect` names whole fields after scrubbing; a field of the event that is not named there stays as it was. `meta` is the whole
 * of `_meta`, if given.
 */
interface Case {
  readonly settings?: Partial<ScrubbingSettings>;
  readonly event: Record<string, unknown>;
  readonly expect?: Record<string, unknown>;
  readonly meta?: unknown;
}

const folder = join(import.meta.dirname, 'cases');

describe('scrubbing', () => {
  it.each(readdirSync(folder).map((file) => [basename(file, '.json').replaceAll('-', ' '), file]))(
    '%s',
    (_, file) => {
      const given = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case;
      const sent = anEvent(given.event);
      const before = structuredClone(sent);
      const settings = { ...DEFAULT_SCRUBBING, ...given.settings };
      const { _meta: meta, ...event } = scrubEvent(sent, settings);
      const { _meta: _given, ...rest } = sent;
      expect(event).toEqual({ ...rest, ...given.expect });
      if (given.meta !== undefined) expect(meta ?? null).toEqual(given.meta);
      expect(sent).toEqual(before);
    },
  );
});
