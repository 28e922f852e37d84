import { type Logger, pino } from 'pino';

export type { Logger };

/** JSON lines on standard output; the message is a constant, the facts are fields, never an event's content. */
export function createLogger(options: {
  readonly service: string;
  readonly level?: string;
  /** Takes the lines instead of standard output. */
  readonly destination?: { write(line: string): void };
}): Logger {
  return pino(
    {
      level: options.level ?? 'info',
      base: { service: options.service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['*.password', '*.token', '*.secret', '*.authorization'],
    },
    options.destination ?? pino.destination(1),
  );
}

/** For tests and tools that want no output. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
