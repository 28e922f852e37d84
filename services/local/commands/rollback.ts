import { parseArgs } from 'node:util';
import { changeRelease } from '../release/change-release.ts';
import { Installation, InstallationError } from '../release/installation.ts';
import { asCommand, homeOf, inTurn } from '../release/release-command.ts';
import { BACKWARD } from '../roll.ts';

// `culprit rollback [release]`: the release before runs again, or the one that is named.
const { values, positionals } = parseArgs({
  options: { to: { type: 'string' }, each: { type: 'string' } },
  allowPositionals: true,
});

await asCommand(async (say) => {
  const installation = new Installation(homeOf(values.to, process.env));
  await inTurn(installation, async () => {
    const name = positionals[0] ?? (await installation.previous());
    if (name === undefined)
      throw new InstallationError(`There is no release before in ${installation.home}.`);
    const { milliseconds } = await changeRelease({
      installation,
      name,
      services: BACKWARD,
      env: process.env,
      isOneWay: true, // forward again is what deploy is for
      each: values.each,
      say,
    });
    say(
      milliseconds === undefined
        ? `${name} is current. Nothing runs.`
        : `all services run ${name} after ${(milliseconds / 1000).toFixed(1)} s`,
    );
  });
});
