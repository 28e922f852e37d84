import { count, defineQuery } from '@culprit/clickhouse';
import { z } from 'zod';

/** Different people that issues have hit; anonymous events count for nobody. */
export const peopleHit = defineQuery({
  name: 'alerts_people_hit',
  params: { projects: z.array(z.number()), hashes: z.array(z.bigint()) },
  row: z.object({ people: count }),
  sql: `SELECT uniqExact(user_hash) AS people FROM events
    WHERE project_id IN {projects:Array(UInt32)} AND grouping_hash IN {hashes:Array(UInt64)} AND user_hash != 0`,
  settings: { max_execution_time: 10 },
});
