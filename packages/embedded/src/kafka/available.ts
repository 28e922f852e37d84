import { EmbeddedStoreError } from '../errors.ts';
import { hasKafkaJars, kafkaJars } from './jars.ts';
import { lacksJava, lacksMaven } from './java.ts';

export type KafkaAvailability =
  | { readonly available: true }
  /** One line, for a person: what is missing. */
  | { readonly available: false; readonly reason: string };

/** Whether an embedded Kafka can start here. `fetch` also fetches its jars where they are not there yet (a minute at most on a slow line). */
export async function kafkaAvailable(options: { readonly fetch?: boolean } = {}): Promise<KafkaAvailability> {
  const lack = (await lacksJava()) ?? ((await hasKafkaJars()) ? undefined : await lacksMaven());
  if (lack !== undefined) return { available: false, reason: lack };
  if (options.fetch !== true) return { available: true };
  try {
    await kafkaJars();
    return { available: true };
  } catch (error) {
    if (!(error instanceof EmbeddedStoreError)) throw error;
    return { available: false, reason: error.message };
  }
}
