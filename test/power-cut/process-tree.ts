import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process and everything it has started, itself first. Linux only. */
export function treeOf(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? parentOf(Number(name)) : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Undefined: it has ended, or is only waiting to be buried. */
function parentOf(pid: number): number | undefined {
  try {
    // "pid (name) state ppid …": the name may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : Number(parent);
  } catch {
    return undefined;
  }
}

/** Stops a process and its children where they are, runs `action` and lets them go on. */
export async function whileFrozen(root: number, action: () => Promise<void>): Promise<void> {
  const frozen = new Set<number>();
  try {
    // A child that was being started meanwhile turns up at the next look.
    for (;;) {
      const more = treeOf(root).filter((pid) => !frozen.has(pid));
      if (more.length === 0) break;
      for (const pid of more) {
        frozen.add(pid);
        signal(pid, 'SIGSTOP');
      }
    }
    await action();
  } finally {
    for (const pid of [...frozen].reverse()) signal(pid, 'SIGCONT');
  }
}

/** Kills a process and everything it has started, all at once; resolves when the last one is gone. */
export async function killTree(root: number): Promise<void> {
  const tree = treeOf(root);
  for (const pid of tree) signal(pid, 'SIGSTOP'); // so that no one restarts another
  for (const pid of tree) signal(pid, 'SIGKILL');
  const deadline = Date.now() + 10_000;
  while (tree.some((pid) => parentOf(pid) !== undefined)) {
    if (Date.now() > deadline) throw new Error('killed processes do not end');
    await delay(20);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
