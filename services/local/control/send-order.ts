import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { type Answer, parseAnswer, type Request } from './messages.ts';

/** The supervisor could not do it, or is not there. */
export class OrderError extends Error {
  readonly code = 'order_failed';
}

/**
 * Sends an order to the supervisor that listens on `path` and resolves when all new processes work (`serving`) or, where `untilGone`, when the
 * old ones are gone, too.
 *
 * @returns milliseconds that it took.
 * @throws OrderError with what the supervisor said.
 */
export async function sendOrder(options: {
  readonly path: string;
  readonly request: Request;
  readonly onAnswer: (answer: Answer) => void;
  readonly untilGone?: boolean;
}): Promise<number> {
  const { path, request, onAnswer, untilGone = false } = options;
  const socket = connect(path);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (cause) =>
        reject(new OrderError(`The supervisor does not answer on ${path}.`, { cause })),
      );
    });
    socket.on('error', () => {}); // the lines end then
    socket.write(`${JSON.stringify(request)}\n`);
    for await (const line of createInterface({ input: socket })) {
      const answer = parseAnswer(line);
      onAnswer(answer);
      if (answer.kind === 'failed') throw new OrderError(answer.message);
      if (answer.kind === 'done' || (answer.kind === 'serving' && !untilGone)) return answer.milliseconds;
    }
    throw new OrderError('The supervisor went away.');
  } finally {
    socket.destroy();
  }
}
