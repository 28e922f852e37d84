-- What people said about an event that they ran into. The last row of an event counts.
CREATE TABLE IF NOT EXISTS user_reports
(
  project_id     UInt32,
  event_id       UUID CODEC(NONE),
  received       DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  log_partition  UInt16 CODEC(ZSTD(1)),
  log_offset     UInt64 CODEC(Delta, ZSTD(1)),
  name           String CODEC(ZSTD(1)),
  email          String CODEC(ZSTD(1)),
  comments       String CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received)
ORDER BY (project_id, event_id, received)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
         min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
         max_parts_to_merge_at_once = 20, old_parts_lifetime = 60, cleanup_delay_period = 10,
         cleanup_delay_period_random_add = 2, max_cleanup_delay_period = 20, ttl_only_drop_parts = 1
