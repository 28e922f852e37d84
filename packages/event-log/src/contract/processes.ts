import { describe, expect, test } from 'vitest';
import { startChild } from './child-process.ts';
import { bytesOf, LIMITS, textOf } from './record-text.ts';
import { type ContractSubject, freshPlace, readEverything, until } from './subject.ts';

export function describeProcesses(subject: ContractSubject): void {
  describe('several processes', () => {
    test('append at the same time, and each record is there once, in the order of its process', async () => {
      const { place, open } = await freshPlace(subject, 2);
      const names = ['north', 'east', 'south'];
      const children = await Promise.all(
        names.map((name) => startChild(place, 'append', name, '400', '3000', '4')),
      );
      const log = await open();
      const own = Array.from({ length: 100 }, (_, index) => `own-${index}`);
      for (const text of own) await log.append([{ key: 'own', value: bytesOf(text) }]);
      for (const child of children) expect(await child.ended).toEqual({ code: 0, signal: null });
      const stored = (await readEverything(log)).map(textOf);
      const acknowledged = [...children.flatMap(({ lines }) => lines), ...own];
      expect(acknowledged).toHaveLength(1300);
      expect(stored.toSorted()).toEqual(acknowledged.toSorted());
      for (const name of [...names, 'own']) {
        const numbers = stored.filter((text) => text.startsWith(`${name}-`)).map((text) => numberOf(text));
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
    }, 60_000);

    test('an appender is killed in the middle, again and again: everything acknowledged is there once', async () => {
      const { place, open } = await freshPlace(subject, 2);
      const log = await open();
      const acknowledged: string[] = [];
      for (const [round, killAfter] of [1, 17, 150, 400].entries()) {
        const name = `round${round}`;
        const [killed, other] = await Promise.all([
          startChild(place, 'append', name, '1000000', '3000', '20'),
          startChild(place, 'append', `other${round}`, '60', '3000', '2'),
        ]);
        await until(() => killed.lines.length >= killAfter, `${killAfter} appends are acknowledged`);
        killed.kill('SIGKILL');
        expect(await killed.ended).toEqual({ code: null, signal: 'SIGKILL' });
        expect(await other.ended).toEqual({ code: 0, signal: null });
        acknowledged.push(...killed.lines, ...other.lines);
        await log.append([{ key: name, value: bytesOf(`after-${round}`) }]);
        acknowledged.push(`after-${round}`);
      }
      const stored = (await readEverything(log)).map(textOf);
      expect(new Set(stored).size).toBe(stored.length);
      const inLog = new Set(stored);
      expect(acknowledged.filter((text) => !inLog.has(text))).toEqual([]);
      expect(acknowledged.length).toBeGreaterThan(568);
    }, 60_000);

    test('a waiting consumer soon has what another process appends', async () => {
      const { place, open } = await freshPlace(subject, 2);
      const log = await open();
      const delays: number[] = [];
      const stop = new AbortController();
      const consuming = log.consume(
        {
          positionOf: async () => 0,
          handle: async (_, position, records) => {
            for (const record of records) delays.push(Date.now() - Number(textOf(record).split(' ')[1]));
            return (records.at(-1)?.offset ?? position) + 1;
          },
        },
        { ...LIMITS, ownerId: 'a1', signal: stop.signal },
      );
      // Where the machine has much else to do, a slow round proves nothing; a reader that is not woken has no quick one.
      let median = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 5 && median > subject.wakeUpMs; round++) {
        delays.length = 0;
        const child = await startChild(place, 'append', `wake${round}`, '60', '100', '1');
        expect(await child.ended).toEqual({ code: 0, signal: null });
        await until(() => delays.length === 60, 'every record has arrived');
        median = delays.toSorted((a, b) => a - b)[30] ?? median;
      }
      stop.abort();
      await consuming;
      expect(median).toBeLessThanOrEqual(subject.wakeUpMs);
    }, 60_000);

    test('a consumer is killed, and another one takes its partitions over', async () => {
      const { place, open } = await freshPlace(subject, 4);
      const log = await open();
      const appendRound = (round: number): Promise<void> =>
        log.append(
          Array.from({ length: 40 }, (_, index) => ({
            key: `key-${index}`,
            value: bytesOf(`${round}/${index}`),
          })),
        );
      const child = await startChild(place, 'consume', 'c0');
      await appendRound(0);
      const childHas = (): string[] => child.lines.flatMap((line) => line.split('\t').slice(2));
      await until(() => childHas().length === 40, 'the child has all of the first round', subject.takeOverMs);

      const seen = new Map<number, string[]>();
      const stop = new AbortController();
      const consuming = log.consume(
        {
          // The store of positions: what the killed process printed counts as committed.
          positionOf: async (partition) => positionIn(child.lines, partition),
          handle: async (partition, position, records) => {
            seen.set(partition, [...(seen.get(partition) ?? []), ...records.map(textOf)]);
            return (records.at(-1)?.offset ?? position) + 1;
          },
        },
        { ...LIMITS, ownerId: 'd1', signal: stop.signal },
      );
      const seenHere = (): string[] => [...seen.values()].flat();
      let round = 1;
      await until(
        () => {
          if (round < 2000 && seenHere().length + childHas().length >= round * 40) void appendRound(round++);
          return seen.size === 2;
        },
        'both share the partitions',
        subject.takeOverMs,
      );
      child.kill('SIGKILL');
      await child.ended;
      await appendRound(round++);
      const everything = Array.from(
        { length: round * 40 },
        (_, index) => `${Math.floor(index / 40)}/${index % 40}`,
      );
      await until(
        () => new Set([...seenHere(), ...childHas()]).size === everything.length,
        'everything was handled',
        subject.takeOverMs,
      );
      expect(seen.size).toBe(4);
      stop.abort();
      await consuming;
      expect([...new Set([...seenHere(), ...childHas()])].toSorted()).toEqual(everything.toSorted());
    }, 120_000);
  });
}

function numberOf(text: string): number {
  return Number(text.split(' ')[0]?.split('-')[1]);
}

function positionIn(lines: readonly string[], partition: number): number {
  const last = lines.map((line) => line.split('\t')).findLast(([of]) => Number(of) === partition);
  return Number(last?.[1] ?? 0);
}
