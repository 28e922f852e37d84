const MIB = 1024 * 1024;

export interface BrokerPlace {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
  /** Its own, absolute. */
  readonly folder: string;
}

/**
 * `server.properties` of a broker that is a controller too, on loopback without passwords. What decides durability is what a production cluster of that size
 * would have; the rest is small enough for a laptop.
 */
export function brokerSettings(
  own: BrokerPlace,
  all: readonly BrokerPlace[],
  { flushesEach }: { readonly flushesEach: boolean },
): string {
  const copies = Math.min(3, all.length);
  const inSync = Math.max(1, copies - 1);
  const settings: Readonly<Record<string, string | number | boolean>> = {
    'process.roles': 'broker,controller',
    'node.id': own.id,
    'controller.quorum.voters': all
      .map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`)
      .join(','),
    listeners: `BROKER://127.0.0.1:${own.port},CONTROLLER://127.0.0.1:${own.controllerPort}`,
    'advertised.listeners': `BROKER://127.0.0.1:${own.port}`,
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    // Java's properties take a backslash for an escape.
    'log.dirs': `${own.folder}/data`.replaceAll('\\', '\\\\'),

    'default.replication.factor': copies,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': inSync,
    'unclean.leader.election.enable': false,
    'auto.create.topics.enable': false,
    'message.max.bytes': 5 * MIB,
    'replica.fetch.max.bytes': 8 * MIB,

    // Internal topics have 50 partitions by default, each with files, memory and time at the start.
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.num.partitions': 1,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
    'log.cleaner.dedupe.buffer.size': 4 * MIB,
    'log.segment.bytes': 128 * MIB,
    // Consumed records give their disk space back by whole segments, at such a look.
    'log.retention.check.interval.ms': 60_000,
    ...(flushesEach ? { 'log.flush.interval.messages': 1 } : {}),
    'group.initial.rebalance.delay.ms': 0,
    // Tests of zombies shall not wait for the 6 s that is the least by default.
    'group.min.session.timeout.ms': 1_000,
    'broker.session.timeout.ms': 6_000,
    'broker.heartbeat.interval.ms': 1_000,
  };
  return `${Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;
}
