import { type Logger, pino } from 'pino';
import { loggedError } from './error-facts.ts';

export type { Logger };

/** A line of level error or fatal that brought an Error. */
export interface LoggedError {
  readonly error: Error;
  readonly level: 'error' | 'fatal';
  /** The constant message. */
  readonly message: string;
  /** What else the line said. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface LoggerOptions {
  readonly service: string;
  readonly level?: string;
  /** Takes the lines instead of standard output. */
  readonly destination?: { write(line: string): void };
  /** Told of each line of level error or fatal with an `err` that is an Error. Must not throw. */
  readonly onError?: (logged: LoggedError) => void;
}

const ERROR_LEVEL = 50;
const FATAL_LEVEL = 60;

/** JSON lines on standard output; the message is a constant, the facts are fields, never an event's content. */
export function createLogger(options: LoggerOptions): Logger {
  const { onError } = options;
  return pino(
    {
      level: options.level ?? 'info',
      base: { service: options.service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['*.password', '*.token', '*.secret', '*.authorization'],
      // The library's own would write every field of an error, such as the row that a statement failed on.
      serializers: { err: loggedError },
      ...(onError === undefined
        ? {}
        : {
            hooks: {
              logMethod(args, method, level) {
                method.apply(this, args);
                const logged = level >= ERROR_LEVEL ? loggedErrorOf(args, level) : undefined;
                if (logged !== undefined) onError(logged);
              },
            },
          }),
    },
    options.destination ?? pino.destination(1),
  );
}

function loggedErrorOf(args: readonly unknown[], level: number): LoggedError | undefined {
  const [fields, message] = args;
  if (typeof fields !== 'object' || fields === null) return undefined;
  const { err, ...facts } = fields as Readonly<Record<string, unknown>>;
  if (!(err instanceof Error)) return undefined;
  return {
    error: err,
    level: level >= FATAL_LEVEL ? 'fatal' : 'error',
    message: typeof message === 'string' ? message : '',
    facts,
  };
}

/** For tests and tools that want no output. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
