import { parseArgs } from 'node:util';
import { OrderError, sendOrder } from '../control/send-order.ts';
import { DataFolder } from '../data-folder.ts';
import { FORWARD, type ServiceName } from '../roll.ts';

// `culprit roll [service…]`: fresh processes of the same code, one after the other, while work goes on.
const { values, positionals } = parseArgs({
  options: { 'until-gone': { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !FORWARD.some((service) => service === name));
const services = positionals.length === 0 ? FORWARD : FORWARD.filter((name) => positionals.includes(name));

try {
  if (unknown.length > 0)
    throw new OrderError(`There is no service ${unknown.join(', ')}, only ${FORWARD.join(', ')}.`);
  await roll(services);
} catch (error) {
  if (!(error instanceof OrderError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function roll(names: readonly ServiceName[]): Promise<void> {
  const folder = process.env.CULPRIT_DATA ?? './data';
  const run = await new DataFolder(folder).run();
  if (run?.control === undefined) throw new OrderError(`Nothing that takes orders runs on ${folder}.`);
  await sendOrder({
    path: run.control,
    request: { kind: 'roll', services: [...names] },
    untilGone: values['until-gone'],
    onAnswer: (answer) => {
      if (answer.kind === 'step')
        process.stdout.write(`${answer.service} runs as process ${answer.pid}, ${answer.milliseconds} ms\n`);
      if (answer.kind === 'serving') process.stdout.write(`all replaced after ${answer.milliseconds} ms\n`);
      if (answer.kind === 'done')
        process.stdout.write(`the old ones are gone after ${answer.milliseconds} ms\n`);
    },
  });
}
