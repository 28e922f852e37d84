import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareOut } from '../src/kafka/sticky-assigner.ts';

const members = (owned: readonly (readonly number[])[]) =>
  owned.map((of, index) => ({ memberId: `member-${index}`, owned: of }));

test('everything is shared out once, and evenly, whatever the members say they own', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 40 }), { minLength: 1, maxLength: 12 }),
      (partitions, owned) => {
        const shares = [...shareOut(partitions, members(owned)).values()];
        expect(shares).toHaveLength(owned.length);
        expect(shares.flat().toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: partitions }, (_, at) => at),
        );
        const sizes = shares.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test('who comes takes only what the others have too much, and who goes leaves the rest as it is', () => {
  const two = shareOut(
    8,
    members([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]),
  );
  expect([...two.values()]).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
  ]);
  const three = shareOut(8, members([[0, 1, 2, 3], [4, 5, 6, 7], []]));
  expect(three.get('member-0')).toEqual([0, 1, 2]);
  expect(three.get('member-1')).toEqual([4, 5, 6]);
  expect(three.get('member-2')).toEqual([3, 7]);
  const left = shareOut(
    8,
    members([
      [0, 1, 2],
      [3, 7],
    ]),
  );
  expect(left.get('member-0')).toEqual(expect.arrayContaining([0, 1, 2]));
  expect(left.get('member-1')).toEqual(expect.arrayContaining([3, 7]));
});
