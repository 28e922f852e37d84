import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataFolder } from '../data-folder.ts';
import type { RollStep, ServiceName } from '../roll.ts';
import type { Answer, ParsedRequest } from './messages.ts';

/** Bytes; systems take 104 or 108, with the zero at the end. */
const LONGEST_SOCKET_PATH = 103;

/** Where the supervisor takes orders: beside the data, unless that path is longer than a socket's may be. */
export async function controlPath(folder: DataFolder): Promise<string> {
  const beside = folder.file('control.sock');
  if (Buffer.byteLength(beside) <= LONGEST_SOCKET_PATH) return beside;
  return join(await mkdtemp(join(tmpdir(), 'culprit-')), 'control.sock');
}

export interface RollOptions {
  /** Folder of the release; undefined: the one that runs. */
  readonly release?: string | undefined;
  readonly services: readonly ServiceName[];
  /** Whether old and new may run side by side; else all old ones end first, and there is no way back. */
  readonly overlap: boolean;
  readonly onStep: (step: RollStep) => void;
}

/** Carries an order out by `roll`, and tells each step. */
export async function carryOutRoll(
  roll: (options: RollOptions) => Promise<{ readonly gone: Promise<void> }>,
  { release, services, overlap }: ParsedRequest,
  answer: (answer: Answer) => void,
): Promise<void> {
  const started = performance.now();
  const passed = (): number => Math.round(performance.now() - started);
  const onStep = (step: RollStep): void => answer({ kind: 'step', ...step });
  const { gone } = await roll({ release, services, overlap, onStep });
  answer({ kind: 'serving', milliseconds: passed() });
  await gone;
  answer({ kind: 'done', milliseconds: passed() });
}
