import { count, defineQuery } from '@culprit/clickhouse';
import { z } from 'zod';

/** The highest offset that any row names, by partition. */
export const highestOffsets = defineQuery({
  name: 'mend_highest_offsets',
  params: { partitions: z.number() },
  row: z.object({ log_partition: z.number(), highest: count }),
  sql: `SELECT log_partition, max(highest) AS highest FROM (
      SELECT log_partition, max(log_offset) AS highest FROM events GROUP BY log_partition
      UNION ALL SELECT log_partition, max(log_offset) AS highest FROM attachments GROUP BY log_partition
      UNION ALL SELECT log_partition, max(log_offset) AS highest FROM outcomes GROUP BY log_partition
      UNION ALL SELECT log_partition, max(log_offset) AS highest FROM exemplars GROUP BY log_partition
    ) WHERE log_partition < {partitions:UInt16} GROUP BY log_partition`,
  settings: { max_execution_time: 600 },
});
