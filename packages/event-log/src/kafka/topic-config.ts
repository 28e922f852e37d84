import kafkajs, { type Admin } from 'kafkajs';

/** Settings of a topic by name; `onlyOwn`: those that were set for it and are not the brokers' defaults. */
export async function configOf(
  admin: Admin,
  topic: string,
  options: { readonly onlyOwn?: boolean } = {},
): Promise<ReadonlyMap<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
  });
  const entries = resources[0]?.configEntries ?? [];
  return new Map(
    entries
      .filter(
        ({ configSource }) => options.onlyOwn !== true || configSource === kafkajs.ConfigSource.TOPIC_CONFIG,
      )
      .map(({ configName, configValue }) => [configName, configValue]),
  );
}
