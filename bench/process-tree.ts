import { readdirSync, readFileSync } from 'node:fs';

/** Seconds of CPU and bytes of memory of a group of processes. */
export interface Usage {
  readonly cpuSeconds: number;
  /** Proportional set size: pages that several processes share count once in the sum over all. */
  readonly bytes: number;
  /** The part of it that is pages of files: programs, the event log. The system takes them back when it needs them. */
  readonly mappedBytes: number;
}

const TICKS_PER_SECOND = 100;

interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly cpuSeconds: number;
}

/** Usage of each named process together with everything it has started that has no name of its own. Linux only. */
export function usageOf(names: Readonly<Record<string, number>>): Readonly<Record<string, Usage>> {
  const processes = new Map(readAll().map((facts) => [facts.pid, facts]));
  const ownerOf = new Map(Object.entries(names).map(([name, pid]) => [pid, name]));
  const sums: Record<string, Usage> = {};
  for (const facts of processes.values()) {
    const owner = nearestOwner(facts, processes, ownerOf);
    if (owner === undefined) continue;
    const memory = memoryOf(facts.pid);
    const sum = sums[owner] ?? { cpuSeconds: 0, bytes: 0, mappedBytes: 0 };
    sums[owner] = {
      cpuSeconds: sum.cpuSeconds + facts.cpuSeconds,
      bytes: sum.bytes + memory.bytes,
      mappedBytes: sum.mappedBytes + memory.mappedBytes,
    };
  }
  return sums;
}

function nearestOwner(
  facts: ProcessFacts,
  processes: ReadonlyMap<number, ProcessFacts>,
  ownerOf: ReadonlyMap<number, string>,
): string | undefined {
  for (let at: ProcessFacts | undefined = facts; at !== undefined; at = processes.get(at.parent)) {
    const owner = ownerOf.get(at.pid);
    if (owner !== undefined) return owner;
  }
  return undefined;
}

function readAll(): ProcessFacts[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // The name in parentheses may hold spaces; fields are counted behind it. Time of ended children counts too.
        const fields = stat
          .slice(stat.lastIndexOf(')') + 2)
          .split(' ')
          .map(Number);
        const ticks = [11, 12, 13, 14].reduce((sum, i) => sum + (fields[i] ?? 0), 0);
        return [{ pid: Number(name), parent: fields[1] ?? 0, cpuSeconds: ticks / TICKS_PER_SECOND }];
      } catch {
        return []; // it has just ended
      }
    });
}

function memoryOf(pid: number): Pick<Usage, 'bytes' | 'mappedBytes'> {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const bytesOf = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
    return { bytes: bytesOf('Pss'), mappedBytes: bytesOf('Pss_File') };
  } catch {
    return { bytes: 0, mappedBytes: 0 };
  }
}
