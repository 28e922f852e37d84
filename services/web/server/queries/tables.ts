import { count, defineQuery } from '@culprit/clickhouse';
import { z } from 'zod';
import { READ_SETTINGS } from './values.ts';

/** What each table takes on disk, by month; a table that is one piece has one part, `all`. */
export const bytesOfPartitions = defineQuery({
  name: 'bytes_of_partitions',
  params: {},
  row: z.object({ name: z.string(), month: z.string(), rows: count, bytes: count }),
  sql: `SELECT table AS name, if(partition = 'tuple()', 'all', partition) AS month, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
    FROM system.parts WHERE database = currentDatabase() AND active
    GROUP BY name, month ORDER BY name, month DESC LIMIT 10000`,
  settings: READ_SETTINGS,
});
