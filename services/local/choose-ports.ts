import type { Logger } from '@culprit/runtime';
import type { LocalConfig } from './config.ts';
import type { Ports } from './data-folder.ts';
import { choosePort, type PortWish } from './ports.ts';

/** A port for each part, whether it is run here or not. */
export type AllPorts = Readonly<Record<'web' | 'ingest' | 'postgres' | 'clickhouse' | 'kafka', number>>;

/** Those that were asked for, else those of the last start, else the defaults, else free ones. @throws PortTakenError */
export async function choosePorts(config: LocalConfig, kept: Ports, logger: Logger): Promise<AllPorts> {
  const taken = new Set<number>();
  const choose = async (host: string, name: keyof AllPorts, wish: PortWish): Promise<number> => {
    const { port, instead } = await choosePort(host, { ...wish, kept: kept[name] }, taken);
    if (instead !== undefined)
      logger.warn({ port: instead, instead: port, for: name }, 'port is taken, using another');
    return port;
  };
  const { host, webPort, ingestPort } = config;
  // Who takes any port is not alone: another stack that starts now would look at the same default, and only one gets it.
  const store = webPort === 0 && ingestPort === 0 ? { asked: 0 } : {};
  return {
    web: await choose(host, 'web', { variable: 'CULPRIT_PORT', asked: webPort, default: 8400 }),
    ingest: await choose(host, 'ingest', {
      variable: 'CULPRIT_INGEST_PORT',
      asked: ingestPort,
      default: 8401,
    }),
    postgres: await choose('127.0.0.1', 'postgres', { ...store, default: 8402 }),
    clickhouse: await choose('127.0.0.1', 'clickhouse', { ...store, default: 8403 }),
    kafka: await choose('127.0.0.1', 'kafka', { ...store, default: 8404 }),
  };
}
