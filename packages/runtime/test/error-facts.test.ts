import { describe, expect, it } from 'vitest';
import { factsOfError, loggedError } from '../src/error-facts.ts';
import { createLogger } from '../src/index.ts';

const SECRET = 'marker-4711';

/** Errors as the engine and our libraries throw them over values of an event. */
const quoting: Readonly<Record<string, () => unknown>> = {
  'JSON.parse': () => JSON.parse(`{"a": ${SECRET}}`),
  BigInt: () => BigInt(SECRET),
  'the operator in': () => 'x' in (SECRET as unknown as object),
  'a call of what is no function': () => [1].map(SECRET as unknown as () => void),
  'a property of a string': () => {
    (SECRET as unknown as { x: number }).x = 1;
  },
  'a data exception of PostgreSQL': () => {
    const message = `invalid input syntax for type integer: "${SECRET}"`;
    throw Object.assign(new Error(message), { code: '22P02', detail: SECRET });
  },
  'a refusal of ClickHouse': () => {
    throw Object.assign(new Error(`CANNOT_PARSE_TEXT: before: '${SECRET}'`), { code: '6' });
  },
  'an exception of ClickHouse in the middle of an answer': () => {
    throw Object.assign(new Error(`Code: 27. DB::Exception: Cannot parse ${SECRET}`), { code: 'connection' });
  },
  'a message with lines that look like a stack': () => {
    throw new SyntaxError(`x\n    at ${SECRET} (file.ts:1:1)\n    at b`);
  },
  'a cause': () => {
    throw new Error('wrapped', { cause: new SyntaxError(SECRET) });
  },
};

describe('the facts of an error', () => {
  it.each(Object.entries(quoting))('do not quote the values that %s does', (_name, run) => {
    let error: unknown;
    try {
      run();
    } catch (thrown) {
      error = thrown;
    }
    expect(String((error as Error).message) + String((error as Error).cause)).toContain(SECRET);
    expect(JSON.stringify(factsOfError(error))).not.toContain(SECRET);
    expect(JSON.stringify(loggedError(error))).not.toContain(SECRET);
    const lines: string[] = [];
    const logger = createLogger({ service: 'test', destination: { write: (line) => lines.push(line) } });
    logger.error({ err: error }, 'failed');
    expect(lines.join('')).toMatch(/"msg":"failed"/);
    expect(lines.join('')).not.toContain(SECRET);
  });

  it('say what is ours or the system’s, and where it happened', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
    const facts = factsOfError(new Error('the partition was not claimed', { cause }));
    expect(facts).toMatchObject({
      type: 'Error',
      message: 'the partition was not claimed',
      cause: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:5432' },
    });
    expect(facts.stack[0]).toContain('error-facts.test.ts');
    const missing = factsOfError(attempt(() => (undefined as unknown as { a: number }).a));
    expect(missing.message).toBe('Cannot read properties of undefined');
  });

  it('of a refusal of ClickHouse are its name and code', () => {
    const error = Object.assign(new Error('UNKNOWN_TABLE: Table x does not exist'), { code: '60' });
    expect(factsOfError(error)).toMatchObject({ code: '60', message: 'UNKNOWN_TABLE' });
  });
});

function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
