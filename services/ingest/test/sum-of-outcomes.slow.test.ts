import type { OutcomesRecordHeader } from '@culprit/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AUTH, EVENT_ID, envelope, testIngest } from './harness.ts';

const post = { method: 'POST', url: '/api/42/envelope/', headers: AUTH } as const;

test('received is the sum of outcomes: every item of a known category is stored once or counted once', async () => {
  const types = [
    'event',
    'transaction',
    'session',
    'user_report',
    'feedback',
    'security',
    'check_in',
    'span',
    'client_report',
    'unknown',
  ];
  const item = fc.record({ type: fc.constantFrom(...types), size: fc.constantFrom(2, 10, 2_000_000) });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(item, { maxLength: 5 }), { maxLength: 4 }), async (envelopes) => {
      const { app, log, context } = testIngest();
      let known = 0;
      for (const items of envelopes) {
        const parts = items.map(({ type, size }) => [{ type }, `{}${' '.repeat(size - 2)}`] as const);
        const payload = envelope({ event_id: EVENT_ID }, ...parts);
        await app.inject({ ...post, payload });
        // The items of a body that is too long to be read cannot be counted one by one.
        if (payload.length > context.limits.envelopeBytes) continue;
        known += items.filter(({ type }) => type !== 'client_report' && type !== 'unknown').length;
      }
      await context.outcomes.flush();
      const headers = log.records.map((record) => record.header);
      const stored = headers.filter((header) => header.kind !== 'outcomes').length;
      const counted = headers
        .filter((header): header is OutcomesRecordHeader => header.kind === 'outcomes')
        .flatMap((header) => header.outcomes)
        .filter((outcome) => outcome.category !== 'default')
        .reduce((sum, outcome) => sum + outcome.quantity, 0);
      expect(stored + counted).toBe(known);
    }),
    { numRuns: 60 },
  );
});
