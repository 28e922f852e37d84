import { writeSync } from 'node:fs';

const NOBODY_WAKES = new Int32Array(new SharedArrayBuffer(4));

/** Writes a line to standard output; when this returns the pipe has it. Waits where who reads it is behind and the pipe is full. */
export function printLine(line: string): void {
  for (let rest: Uint8Array = Buffer.from(`${line}\n`); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(NOBODY_WAKES, 0, 0, 1);
    }
  }
}
