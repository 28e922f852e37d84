import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type EmbeddedKafka, startEmbeddedKafka } from '@culprit/embedded';
import { silentLogger } from '@culprit/runtime';

/**
 * Listens on loopback and answers each request with the addresses of one Kafka, which starts at the first: test files run in processes of their own, and most of them
 * need none. With `CULPRIT_TEST_KAFKA_BROKERS` those are the answer.
 */
export async function serveKafka(
  dataFolder: string,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  let starting: Promise<EmbeddedKafka> | undefined;
  const brokers = async (): Promise<string> => {
    const given = process.env.CULPRIT_TEST_KAFKA_BROKERS;
    if (given !== undefined && given !== '') return given;
    starting ??= startEmbeddedKafka({ dataFolder, logger: silentLogger() });
    return (await starting).brokers;
  };
  const server = createServer((_request, response) => {
    brokers().then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(503).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      const kafka = await starting?.catch(() => undefined); // whoever asked for it has heard why
      await kafka?.stop();
    },
  };
}
