import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type EventId, formatEnvelope, parseEnvelope } from '../src/index.ts';

const bytes = fc.uint8Array({ maxLength: 200 });

it('what is written is read back, whatever the payloads hold', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 5 }), fc.string(), (payloads, sent_at) => {
      const header = { event_id: 'c0ffee00c0ffee00c0ffee00c0ffee00' as EventId, sent_at };
      const parsed = parseEnvelope(
        formatEnvelope(
          header,
          payloads.map((payload) => ({ header: { type: 'event' }, payload })),
        ),
      );
      if (!parsed.ok) throw new Error(parsed.detail);
      expect(parsed.envelope.header).toEqual(header);
      expect(parsed.envelope.items.map((item) => [...item.payload])).toEqual(payloads.map((p) => [...p]));
    }),
  );
});
