import { hostname, userInfo } from 'node:os';
import type { ToolContext } from '../tool-context.ts';
import { verify } from '../verify/verify.ts';
import { acceptLoss, findLosses, type Loss, LossChanged } from './accept-loss.ts';

export interface LossWish {
  /** Undefined: show what is missing anywhere. */
  readonly partition: number | undefined;
  /** Where processing shall go on, as it was shown. */
  readonly to: number | undefined;
  readonly isConfirmed: boolean;
}

/** `culprit log accept-loss [partition --to offset --yes]`. Resolves to the exit code: 0 when nothing is missing (any more). */
export async function runAcceptLoss(
  { partition, to, isConfirmed }: LossWish,
  tools: Pick<ToolContext, 'log' | 'context'>,
  say: (line: string) => void,
): Promise<number> {
  const { log, context } = tools;
  const losses = await findLosses(log, context);
  const asked = losses.filter((loss) => partition === undefined || loss.partition === partition);
  const [loss] = asked;
  if (loss === undefined) {
    say(`Nothing is missing${partition === undefined ? '' : ` in partition ${partition}`}.`);
    return partition === undefined ? 0 : 1;
  }
  if (partition === undefined || to !== loss.next || !isConfirmed) {
    for (const one of asked) tell(one, context.topic, say);
    if (to !== undefined && to !== loss.next) say(`--to has to be ${loss.next}: the log starts there now.`);
    say('Nothing was changed.');
    return 1;
  }
  try {
    await acceptLoss(loss, `${userInfo().username}@${hostname()}`, context);
  } catch (error) {
    if (!(error instanceof LossChanged)) throw error;
    say(`${error.message}. Nothing was changed.`);
    return 1;
  }
  say(
    `Partition ${partition} goes on at ${loss.next}. The loss of ${loss.next - loss.first} records is noted; culprit verify tells of it.`,
  );
  return loss.plan === undefined ? 0 : countStored(loss, loss.plan.last, tools, say);
}

/** Of the batch that was on its way rows may be stored that nothing counts. Those from the position on are counted by the processor. */
async function countStored(
  { partition, next }: Loss,
  last: number,
  { log, context }: Pick<ToolContext, 'log' | 'context'>,
  say: (line: string) => void,
): Promise<number> {
  if (last >= next) {
    say(
      `A batch was on its way: run culprit verify --repair once partition ${partition} has passed ${last}.`,
    );
    return 0;
  }
  say('A batch was on its way: counting what was stored of it (verify --repair).');
  const { findings } = await verify(log, context, { repair: true, onProgress: say });
  return findings.every(({ isMended }) => isMended) ? 0 : 1;
}

function tell(loss: Loss, topic: string, say: (line: string) => void): void {
  const { partition, first, next, committedAt, oldestLeft, plan } = loss;
  say(
    `Partition ${partition} of ${topic}: records ${first} to ${next - 1} (${next - first}) were dropped by the log before they were processed.`,
  );
  say(
    `  The last commit was at ${committedAt.toISOString()}; ${oldestLeft === undefined ? 'no later record is left.' : `the oldest record that is left was received at ${oldestLeft.toISOString()}.`}`,
  );
  if (plan !== undefined) {
    say(`  A batch of ${plan.records} records was on its way there; what is stored of it stays.`);
  }
  say(`  To give them up: culprit log accept-loss ${partition} --to ${next} --yes`);
}
