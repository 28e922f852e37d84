import { count, defineQuery } from '@culprit/clickhouse';
import { CLICKHOUSE_TABLES } from '@culprit/retention';
import { z } from 'zod';

/** The highest offset that any row names, by partition. */
export const highestOffsets = defineQuery({
  name: 'mend_highest_offsets',
  params: { partitions: z.number() },
  row: z.object({ log_partition: z.number(), highest: count }),
  sql: `SELECT log_partition, max(highest) AS highest FROM (
      ${CLICKHOUSE_TABLES.map(
        ({ name }) => `SELECT log_partition, max(log_offset) AS highest FROM ${name} GROUP BY log_partition`,
      ).join('\n      UNION ALL ')}
    ) WHERE log_partition < {partitions:UInt16} GROUP BY log_partition`,
  settings: { max_execution_time: 600 },
});
