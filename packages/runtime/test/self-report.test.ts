import { parseDsn, parseEnvelope } from '@culprit/protocol';
import { expect, it, vi } from 'vitest';
import { createLogger, type LoggedError, SelfReport } from '../src/index.ts';

const DSN = 'http://0123456789abcdef0123456789abcdef@127.0.0.1:1/7';

interface Story {
  readonly report: SelfReport;
  readonly sent: Record<string, unknown>[];
  advance(milliseconds: number): void;
}

function aReport(status: () => number = () => 200): Story {
  let now = Date.UTC(2026, 10, 21);
  const sent: Record<string, unknown>[] = [];
  const dsn = parseDsn(DSN);
  if (dsn === undefined) throw new Error('no DSN');
  const report = new SelfReport({
    dsn,
    service: 'web',
    release: 'culprit@1.2.3',
    environment: 'production',
    serverName: 'box',
    clock: { now: () => now },
    send: async (bytes) => {
      const parsed = parseEnvelope(bytes);
      if (!parsed.ok) throw new Error(parsed.detail);
      sent.push(JSON.parse(Buffer.from(parsed.envelope.items[0]?.payload ?? []).toString()));
      return status();
    },
  });
  return {
    report,
    sent,
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}

const logged = (error: Error, facts: LoggedError['facts'] = {}): LoggedError => ({
  error,
  level: 'error',
  message: 'request failed',
  facts,
});

it('a line of level error with an Error is reported as an event: type, code, stack, release, environment', async () => {
  const { report, sent } = aReport();
  const logger = createLogger({
    service: 'web',
    destination: { write: () => {} },
    onError: (line) => report.capture(line),
  });
  const error = Object.assign(new Error('no space', { cause: new Error('the first') }), { code: 'ENOSPC' });
  logger.warn({ err: error }, 'only a warning');
  logger.error({ reason: 'no error here' }, 'nothing to report');
  logger.error({ err: error, route: '/x' }, 'append failed');
  await report.flush(1_000);
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({
    level: 'error',
    release: 'culprit@1.2.3',
    environment: 'production',
    tags: { service: 'web', doing: 'append failed' },
    exception: {
      values: [
        { type: 'Error', value: 'the first' },
        { type: 'Error', value: 'ENOSPC no space' },
      ],
    },
  });
  const exception = sent[0]?.exception as { values: { stacktrace: { frames: object[] } }[] } | undefined;
  expect(exception?.values[1]?.stacktrace.frames.at(-1)).toMatchObject({
    filename: 'packages/runtime/test/self-report.test.ts',
    lineno: expect.any(Number),
    in_app: true,
  });
  expect(report.counts).toMatchObject({ sent: 1, failed: 0, limited: 0, own: 0 });
});

it('at most ten a minute go out, and a flood of one error leaves room for the others', async () => {
  const { report, sent, advance } = aReport();
  const flood = new Error('flood');
  for (let i = 0; i < 500; i++) report.capture(logged(flood));
  for (let i = 0; i < 20; i++) report.capture(logged(Object.assign(new Error('other'), { code: `E${i}` })));
  await report.flush(1_000);
  expect(sent).toHaveLength(10);
  expect(report.counts).toMatchObject({ sent: 10, limited: 510 });
  advance(60_000);
  report.capture(logged(flood));
  await report.flush(1_000);
  expect(sent.at(-1)).toMatchObject({ extra: { repeats: 499 } });
});

it('what arises from work for the own project is not reported', async () => {
  const { report, sent } = aReport();
  report.capture(logged(new Error('named'), { projectId: 7 }));
  await report.duringOwnWork(async () => report.capture(logged(new Error('during'))));
  await report.flush(1_000);
  expect(sent).toEqual([]);
  expect(report.counts.own).toBe(2);
  report.capture(logged(new Error('named'), { projectId: 8 }));
  await report.flush(1_000);
  expect(sent).toHaveLength(1);
});

it('a report that fails is neither tried again nor reported', async () => {
  const { report, sent } = aReport(() => 503);
  report.capture(logged(new Error('x')));
  await report.flush(1_000);
  expect(sent).toHaveLength(1);
  expect(report.counts).toMatchObject({ sent: 0, failed: 1 });
});

it('a flush ends when its time is over', async () => {
  vi.useFakeTimers();
  try {
    const dsn = parseDsn(DSN);
    if (dsn === undefined) throw new Error('no DSN');
    const report = new SelfReport({
      dsn,
      service: 'web',
      release: 'r',
      environment: 'e',
      serverName: 'box',
      send: () => new Promise(() => {}),
    });
    report.capture(logged(new Error('x')));
    const flushed = report.flush(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    await flushed;
    expect(report.counts.sent).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
