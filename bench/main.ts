import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** `npm run bench -- NAME [options]`; without a name all of them, one after another. Each writes a table and JSON into `bench/results`. */
const BENCHES: Readonly<Record<string, string>> = {
  'event-log': 'durable appends a second',
  quotas: 'what quotas cost a request',
  normalization: 'µs per event of the pure stages',
  scrubbing: 'µs per event of filters and scrubbing',
  hostile: 'ms of the pure stages for texts of a megabyte that are made to hurt',
  ingest: 'requests a second beside a bare route that only gunzips',
  'end-to-end': 'events a second from SDK to API, delay, CPU per part, memory, start',
  soak: 'half an hour at 1,000 events a second: the memory of each process',
  bugsink: 'the same load on Culprit and on Bugsink, side by side (needs python3 and PyPI)',
};

const [name, ...options] = process.argv.slice(2);
const chosen = name === undefined || name.startsWith('-') ? Object.keys(BENCHES) : [name];
for (const bench of chosen) {
  const what = BENCHES[bench];
  if (what === undefined) {
    process.stderr.write(`no bench ${bench}; there are:\n`);
    for (const [known, help] of Object.entries(BENCHES))
      process.stderr.write(`  ${known.padEnd(16)} ${help}\n`);
    process.exit(2);
  }
  process.stdout.write(`\n## ${bench}: ${what}\n\n`);
  const child = spawn(process.execPath, [join(import.meta.dirname, `${bench}.ts`), ...options], {
    stdio: 'inherit',
  });
  const code = await new Promise<number>((resolve) =>
    child.once('exit', (exitCode) => resolve(exitCode ?? 1)),
  );
  if (code !== 0) process.exit(code);
}
