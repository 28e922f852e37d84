import { buildClient, ClientBuildError } from '../client-build.ts';

const started = performance.now();
try {
  const built = await buildClient({
    env: process.env,
    force: process.argv.includes('--force'),
    onStart: () => process.stdout.write('building the pages\n'),
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(built ? `built in ${seconds} s\n` : 'the pages are as their sources are\n');
} catch (error) {
  if (!(error instanceof ClientBuildError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
