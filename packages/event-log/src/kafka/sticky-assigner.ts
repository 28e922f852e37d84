import kafkajs, { type PartitionAssigner } from 'kafkajs';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

/**
 * Shares the partitions of a topic out evenly and leaves them where they are as far as that goes: a processor that takes a partition over loads a week of event
 * ids. Each member says which partitions it has when it joins.
 */
export function stickyAssigner(options: {
  readonly partitions: number;
  readonly owned: () => readonly number[];
}): PartitionAssigner {
  const VERSION = 0;
  return () => ({
    name: 'CulpritSticky',
    version: VERSION,
    async assign({ members, topics }) {
      const claims = members.map(({ memberId, memberMetadata }) => ({
        memberId,
        owned: readPartitions(MemberMetadata.decode(memberMetadata)?.userData),
      }));
      const shares = shareOut(options.partitions, claims);
      return members.map(({ memberId }) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: VERSION,
          assignment: Object.fromEntries(topics.map((topic) => [topic, [...(shares.get(memberId) ?? [])]])),
          userData: Buffer.alloc(0),
        }),
      }));
    },
    protocol: ({ topics }) => ({
      name: 'CulpritSticky',
      metadata: MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(options.owned().join(',')),
      }),
    }),
  });
}

export interface MemberClaim {
  readonly memberId: string;
  readonly owned: readonly number[];
}

/** Partitions of each member: sizes differ by one at most, and nobody loses one without need. */
export function shareOut(
  partitions: number,
  claims: readonly MemberClaim[],
): ReadonlyMap<string, readonly number[]> {
  const members = [...claims].sort(
    (a, b) => b.owned.length - a.owned.length || (a.memberId < b.memberId ? -1 : 1),
  );
  const least = Math.floor(partitions / members.length);
  const withOneMore = partitions % members.length;
  const free = new Set(Array.from({ length: partitions }, (_, partition) => partition));
  const shares = new Map<string, number[]>();
  for (const [at, { memberId, owned }] of members.entries()) {
    const kept = [...new Set(owned)]
      .filter((partition) => free.has(partition))
      .slice(0, least + (at < withOneMore ? 1 : 0));
    for (const partition of kept) free.delete(partition);
    shares.set(memberId, kept);
  }
  const left = [...free];
  for (const [at, { memberId }] of members.entries()) {
    const share = shares.get(memberId) ?? [];
    const size = least + (at < withOneMore ? 1 : 0);
    share.push(...left.splice(0, size - share.length));
  }
  return shares;
}

/** What another release wrote there may be anything; a wrong claim costs only a move. */
function readPartitions(userData: Buffer | undefined): number[] {
  const text = userData?.toString() ?? '';
  if (!/^\d{1,5}(,\d{1,5})*$/.test(text)) return [];
  return [...new Set(text.split(',').map(Number))];
}
