/**
 * What can be asked for. `script` runs on the pinned runtime; `needsStores`: it works on the stores of the stack that is running;
 * `linked`: it is told over IPC when this process is gone, so that a kill -9 of the wrapper leaves nothing behind.
 */
export const commands = {
  start: {
    script: 'services/local/main.ts',
    linked: true,
    usage: 'start [--kafka]',
    summary: 'start everything: stores, ingest, processor, web, alerts',
  },
  demo: {
    script: 'services/local/demo/main.ts',
    summary: 'send a small story through real SDKs to the running stack',
  },
  check: {
    script: 'services/local/commands/check.ts',
    summary: 'Biome, tsc, knip and the unit tests (seconds)',
  },
  test: {
    script: 'services/local/commands/test.ts',
    usage: 'test [--full] [file…]',
    summary: 'all tests of the normal tier, or also those that take minutes',
  },
  build: {
    script: 'services/local/commands/build.ts',
    usage: 'build [--force]',
    summary: 'build the pages when their sources changed',
  },
  roll: {
    script: 'services/local/commands/roll.ts',
    usage: 'roll [service…] [--until-gone]',
    summary: 'fresh processes, one after the other, while work goes on',
  },
  release: {
    script: 'services/local/commands/release.ts',
    usage: 'release [--out folder]',
    summary: 'pack the last commit into one tarball that needs no registry',
  },
  init: {
    script: 'services/local/commands/init.ts',
    summary: 'schema, organization and account, where services run without the supervisor',
  },
  'wait-ready': {
    script: 'services/local/commands/wait-ready.ts',
    summary: 'end when the service on CULPRIT_OPERATIONS_PORT works',
  },
  migrate: {
    script: 'services/local/commands/migrate.ts',
    needsStores: true,
    summary: 'bring the stores up to this code; start and deploy do it themselves',
  },
  deploy: {
    script: 'services/local/commands/deploy.ts',
    usage: 'deploy <tarball> [--to folder]',
    summary: 'unpack a release, check it against the stores, roll the services to it',
  },
  rollback: {
    script: 'services/local/commands/rollback.ts',
    usage: 'rollback [--to folder]',
    summary: 'roll the services back to the release before',
  },
  'rollback-drill': {
    script: 'test/release/drill.ts',
    usage: 'rollback-drill [--previous commit]',
    summary: 'the release before on the new schema and back, under load, without loss',
  },
  bench: { script: 'bench/main.ts', usage: 'bench [name]', summary: 'measure' },
  fuzz: {
    script: 'test/fuzz/main.ts',
    usage: 'fuzz [--count N] [--seed N]',
    summary: 'send mutated envelopes to a stack of their own, then account for each',
  },
  chaos: {
    script: 'test/chaos/main.ts',
    usage: 'chaos [--kills 50]',
    summary: 'kill processes under load, then count every event',
  },
  log: {
    script: 'services/processor/log-main.ts',
    needsStores: true,
    usage: 'log resize|accept-loss',
    summary: 'on Kafka: another number of partitions while events come in; a way past records that are lost',
  },
  verify: {
    script: 'services/processor/verify-main.ts',
    needsStores: true,
    usage: 'verify [--repair]',
    summary: 'compare what is derived with the events, and mend it',
  },
  backup: {
    script: 'services/local/commands/backup.ts',
    needsStores: true,
    usage: 'backup --to <folder>',
    summary: 'copy everything that is stored, while events come in',
  },
  restore: {
    script: 'services/local/commands/restore.ts',
    usage: 'restore --from <folder>',
    summary: 'bring a backup into an empty data folder, then verify it',
  },
  'log-mend': {
    script: 'services/local/commands/log-mend.ts',
    summary: 'put a new event log in the place of a lost one (stop Culprit first)',
  },
  'dead-letters': {
    script: 'services/processor/dead-letters-main.ts',
    needsStores: true,
    usage: 'dead-letters list|replay',
    summary: 'events that could not be processed',
  },
};

/** @param {NodeJS.WritableStream} out */
export function printHelp(out) {
  const lines = Object.entries(commands).map(
    ([name, { usage, summary }]) => `  ${(usage ?? name).padEnd(28)}${summary}`,
  );
  out.write(`Usage: npm run culprit -- <command>\n\n${lines.join('\n')}\n  ${'help'.padEnd(28)}this\n`);
}
