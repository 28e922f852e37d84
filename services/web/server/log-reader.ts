import { type EventLog, type LogConfig, openConfiguredLog } from '@culprit/event-log';

export interface LogReader extends Pick<EventLog, 'topic' | 'lag' | 'read'> {
  readonly mode: LogConfig['mode'];
  close(): Promise<void>;
}

/** The event log for looking at. It is opened when first asked: web starts without it, and most days nobody looks. */
export function openLogReader(options: LogConfig): LogReader {
  let opened: Promise<EventLog> | undefined;
  const open = (): Promise<EventLog> => {
    opened ??= openConfiguredLog(options, { clientId: 'culprit-web' }).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    topic: options.topic,
    mode: options.mode,
    lag: async () => (await open()).lag(),
    read: async (partition, position, limits) => (await open()).read(partition, position, limits),
    close: async () => {
      if (opened !== undefined) await (await opened).close();
    },
  };
}
