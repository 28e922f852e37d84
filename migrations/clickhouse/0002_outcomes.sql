-- What became of every item, summed per batch. `minute` is the minute of `received`.
CREATE TABLE IF NOT EXISTS outcomes
(
  project_id     UInt32,
  key_id         UInt32 CODEC(ZSTD(1)),
  received       DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  minute         DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  outcome        LowCardinality(String),
  reason         LowCardinality(String),
  category       LowCardinality(String),
  quantity       UInt64 CODEC(ZSTD(1)),
  log_partition  UInt16 CODEC(ZSTD(1)),
  log_offset     UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received)
ORDER BY (project_id, minute, outcome, reason, category)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
         min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
         max_parts_to_merge_at_once = 20, old_parts_lifetime = 60, cleanup_delay_period = 10,
         cleanup_delay_period_random_add = 2, max_cleanup_delay_period = 20, ttl_only_drop_parts = 1
