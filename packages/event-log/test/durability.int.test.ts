import { expect, test } from 'vitest';
import {
  durableAnswers,
  isAnswer,
  isData,
  RECORDS,
  skipsForLackOfStrace,
  traceOfAppends,
} from './append-trace.ts';

test.skipIf(skipsForLackOfStrace())(
  'an append is answered after its pages, fdatasync and root are on the disk',
  async () => {
    const { calls, folder } = await traceOfAppends();
    expect(durableAnswers(calls, folder)).toEqual(Array.from({ length: RECORDS }, () => true));
    // The root is written through a descriptor of its own that is synchronous.
    const opens = calls.filter((call) => call.name === 'openat' && isData(call, folder));
    expect(opens.some(({ text }) => /O_WRONLY\|O_DSYNC/.test(text))).toBe(true);
  },
);

test.skipIf(skipsForLackOfStrace())(
  'the name of a new segment is durable before a record in it is answered',
  async () => {
    const { calls, folder } = await traceOfAppends();
    const created = calls.flatMap(({ name, path, text }, index) => {
      const isCreation = name === 'openat' && /O_EXCL|O_APPEND/.test(text);
      return isCreation && path.startsWith(folder) && path.endsWith('.mdb') ? [index] : [];
    });
    expect(created.length).toBeGreaterThan(2);
    for (const index of created) {
      const answer = calls.findIndex((call, later) => later > index && isAnswer(call));
      const sync = calls.findIndex(
        ({ name, path }, later) => later > index && name === 'fsync' && path === folder,
      );
      expect(sync).toBeGreaterThan(index);
      if (answer > 0) expect(sync).toBeLessThan(answer);
    }
  },
);
