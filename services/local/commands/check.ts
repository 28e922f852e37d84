import { isThere } from '../repository.ts';
import { runTool, type ToolRun } from './run-tool.ts';

interface Step {
  readonly name: string;
  run(): Promise<ToolRun>;
}

const clientConfig = 'services/web/client/tsconfig.json';

/** Two lanes for two cores: the unit tests are as long as the rest together. */
const lanes: readonly (readonly Step[])[] = [
  [{ name: 'unit tests', run: () => runTool('vitest', ['run', '--project', 'unit', '--reporter', 'dot']) }],
  [
    { name: 'Biome', run: () => runTool('biome', ['check', '--error-on-warnings']) },
    { name: 'tsc', run: () => runTool('tsc', ['-b']) },
    ...(isThere(clientConfig)
      ? [{ name: 'tsc client', run: () => runTool('tsc', ['-p', clientConfig]) }]
      : []),
    { name: 'knip', run: () => runTool('knip', ['--no-progress', '--no-config-hints']) },
  ],
];

const started = performance.now();
const failed: string[] = [];
await Promise.all(lanes.map(runLane));
const seconds = ((performance.now() - started) / 1000).toFixed(1);
if (failed.length === 0) {
  process.stdout.write(`all good in ${seconds} s\n`);
} else {
  process.stdout.write(`failed: ${failed.join(', ')} (${seconds} s)\n`);
  process.exitCode = 1;
}

async function runLane(steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const { code, output, seconds } = await step.run();
    const good = code === 0;
    process.stdout.write(
      `${good ? 'ok  ' : 'FAIL'} ${step.name.padEnd(12)}${seconds.toFixed(1).padStart(6)} s\n`,
    );
    if (good) continue;
    failed.push(step.name);
    process.stdout.write(`${output.trimEnd()}\n\n`);
  }
}
