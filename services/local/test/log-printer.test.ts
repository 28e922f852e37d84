import { createLogger } from '@culprit/runtime';
import { expect, test } from 'vitest';
import { createLogPrinter } from '../log-printer.ts';

function printed(print: (lines: ReturnType<typeof createLogPrinter>) => void): string {
  let text = '';
  print(createLogPrinter({ write: (part) => (text += part) }, false));
  return text.replaceAll(/\d\d:\d\d:\d\d/g, 'TIME');
}

test('a line of pino becomes time, service, level, message and facts', () => {
  const text = printed((printer) => {
    const destination = { write: (line: string) => printer.print('web', line.trimEnd()) };
    createLogger({ service: 'web', destination }).warn(
      { port: 8400, host: '::1', tags: ['a'] },
      'slow answer',
    );
  });
  expect(text).toBe('TIME web        warn  slow answer port=8400 host=::1 tags=["a"]\n');
});

test('an error is shown with its stack, indented', () => {
  const text = printed((printer) => {
    const destination = { write: (line: string) => printer.print('web', line.trimEnd()) };
    createLogger({ service: 'web', destination }).error({ err: new Error('it broke') }, 'request failed');
  });
  expect(text).toMatch(/^TIME web {8}error request failed\n {20}Error: it broke\n {24}at /);
});

test('what is no JSON is shown as it came, and a very long fact is cut', () => {
  expect(printed((printer) => printer.print('ingest', 'node:internal {"level"'))).toBe(
    'TIME ingest     node:internal {"level"\n',
  );
  const long = printed((printer) =>
    printer.print('ingest', `{"level":30,"time":"x","msg":"m","fact":"${'f'.repeat(900)}"}`),
  );
  expect(long).toBe(`TIME ingest     info  m fact=${'f'.repeat(300)}…\n`);
});
