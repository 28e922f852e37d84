import type { System } from '@culprit/api';
import type { ReactNode } from 'react';
import { formatBytes, formatCount } from '../../format/numbers.ts';
import { formatSeconds } from './seconds.ts';

/** Records of all partitions that wait. */
export function lagOf(log: NonNullable<System['log']>): number {
  return log.partitions.reduce((sum, { lag }) => sum + lag, 0);
}

/** `41.2`, and whole numbers from 100 on. */
function formatRate(perSecond: number): string {
  return perSecond >= 100 ? formatCount(Math.round(perSecond)) : formatCount(Math.round(perSecond * 10) / 10);
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="n">{children}</dd>
    </div>
  );
}

/** The figures that tell at a glance whether work moves. */
export function Facts({ system: { log, disk, deadLetters } }: { system: System }) {
  const throughput = log?.throughput ?? null;
  return (
    <dl className="facts">
      <Fact name="Arriving">
        {throughput === null ? '…' : formatRate(throughput.arrived)} <small>/s</small>
      </Fact>
      <Fact name="Processed">
        {throughput === null ? '…' : formatRate(throughput.processed)} <small>/s</small>
      </Fact>
      <Fact name="Records waiting">{log === null ? '?' : formatCount(lagOf(log))}</Fact>
      <Fact name="Oldest unprocessed">
        {log === null ? '?' : formatSeconds(log.oldestUnprocessedSeconds)} <small>s</small>
      </Fact>
      <Fact name="Dead letters">{formatCount(deadLetters.open)}</Fact>
      <Fact name="Disk free">
        {disk === null ? (
          '?'
        ) : (
          <>
            {formatBytes(disk.freeBytes)} <small>of {formatBytes(disk.totalBytes)}</small>
          </>
        )}
      </Fact>
    </dl>
  );
}
