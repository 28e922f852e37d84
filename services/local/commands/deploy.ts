import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { changeRelease } from '../release/change-release.ts';
import { Installation, InstallationError } from '../release/installation.ts';
import { asCommand, homeOf, inTurn } from '../release/release-command.ts';
import { FORWARD } from '../roll.ts';

// `culprit deploy <tarball>`: the release in the tarball runs from now on.
const { values, positionals } = parseArgs({
  options: {
    to: { type: 'string' },
    keep: { type: 'string', default: '3' },
    each: { type: 'string' },
    'one-way': { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

await asCommand(async (say) => {
  const [tarball] = positionals;
  const keep = Number(values.keep);
  if (tarball === undefined)
    throw new InstallationError('Which tarball? culprit deploy <tarball> --to <folder>');
  if (!Number.isInteger(keep) || keep < 1) throw new InstallationError('--keep wants a number from 1 on.');
  const installation = new Installation(homeOf(values.to, process.env));
  await inTurn(installation, async () => {
    const started = performance.now();
    const name = await installation.unpack(resolve(tarball));
    say(`${name} unpacked after ${seconds(performance.now() - started)}`);
    const { milliseconds, inUse } = await changeRelease({
      installation,
      name,
      services: FORWARD,
      env: process.env,
      isOneWay: values['one-way'],
      each: values.each,
      say,
    });
    say(
      milliseconds === undefined
        ? `${name} is current. Nothing runs: start it with ${installation.home}/current/bin/culprit start`
        : `all services run ${name} after ${seconds(milliseconds)}`,
    );
    const removed = await installation.prune(keep, inUse);
    if (removed.length > 0) say(`removed ${removed.join(', ')}`);
  });
});

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
