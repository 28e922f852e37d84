import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NormalizationContext } from '../src/index.ts';
import { normalized } from './normalized.ts';

/** One case: the file name is the promise. `expect` names whole fields, `absent` fields that are not there, `errors` the whole list. */
interface Case {
  readonly payload: unknown;
  readonly context?: Partial<NormalizationContext>;
  readonly expect?: Record<string, unknown>;
  readonly absent?: readonly string[];
  readonly errors?: readonly unknown[];
  readonly refused?: string;
}

const folder = join(import.meta.dirname, 'corpus');

describe('normalization', () => {
  it.each(readdirSync(folder).map((file) => [basename(file, '.json').replaceAll('-', ' '), file]))(
    '%s',
    (_, file) => {
      const given = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case;
      const result = normalized(given.payload, given.context);
      if (given.refused !== undefined) {
        expect(result).toEqual({ ok: false, reason: given.refused });
        return;
      }
      if (!result.ok) throw new Error(`refused: ${result.reason}`);
      const event = JSON.parse(JSON.stringify(result.event)) as Record<string, unknown>;
      const named = Object.fromEntries(Object.keys(given.expect ?? {}).map((key) => [key, event[key]]));
      expect(named).toEqual(given.expect ?? {});
      expect((given.absent ?? []).filter((key) => key in event)).toEqual([]);
      if (given.errors !== undefined) expect(event.errors).toEqual(given.errors);
    },
  );
});
