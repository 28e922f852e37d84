-- What monitored jobs said of themselves, one row per message; a check-in that begins and ends has two of one id.
CREATE TABLE IF NOT EXISTS check_ins
(
  project_id     UInt32,
  monitor        String CODEC(ZSTD(1)),
  received       DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  log_partition  UInt16 CODEC(ZSTD(1)),
  log_offset     UInt64 CODEC(Delta, ZSTD(1)),
  check_in_id    UUID CODEC(NONE),
  status         LowCardinality(String),
  duration       Nullable(Float64) CODEC(ZSTD(1)),
  environment    LowCardinality(String),
  release        LowCardinality(String)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received)
ORDER BY (project_id, monitor, received)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
         min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
         max_parts_to_merge_at_once = 20, old_parts_lifetime = 60, cleanup_delay_period = 10,
         cleanup_delay_period_random_add = 2, max_cleanup_delay_period = 20, ttl_only_drop_parts = 1
