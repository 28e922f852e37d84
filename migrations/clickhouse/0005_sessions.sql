-- Sessions, summed per batch by project, minute of `started`, environment and release. What a sender has summed up itself is a number; what must be told apart
-- over minutes, batches and processes is a set of hashes: sessions that did not end well (by sid) and people (keyed per organization).
CREATE TABLE IF NOT EXISTS sessions
(
  project_id      UInt32,
  minute          DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  environment     LowCardinality(String),
  release         LowCardinality(String),
  received        DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  log_partition   UInt16 CODEC(ZSTD(1)),
  log_offset      UInt64 CODEC(Delta, ZSTD(1)),
  started         UInt64 CODEC(T64, ZSTD(1)),
  errored         UInt64 CODEC(T64, ZSTD(1)),
  crashed         UInt64 CODEC(T64, ZSTD(1)),
  abnormal        UInt64 CODEC(T64, ZSTD(1)),
  unhandled       UInt64 CODEC(T64, ZSTD(1)),
  errored_sids    Array(UInt64) CODEC(ZSTD(1)),
  crashed_sids    Array(UInt64) CODEC(ZSTD(1)),
  abnormal_sids   Array(UInt64) CODEC(ZSTD(1)),
  unhandled_sids  Array(UInt64) CODEC(ZSTD(1)),
  users           Array(UInt64) CODEC(ZSTD(1)),
  errored_users   Array(UInt64) CODEC(ZSTD(1)),
  crashed_users   Array(UInt64) CODEC(ZSTD(1)),
  abnormal_users  Array(UInt64) CODEC(ZSTD(1)),
  unhandled_users Array(UInt64) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received)
ORDER BY (project_id, minute, environment, release)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
         min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
         max_parts_to_merge_at_once = 20, old_parts_lifetime = 60, cleanup_delay_period = 10,
         cleanup_delay_period_random_add = 2, max_cleanup_delay_period = 20, ttl_only_drop_parts = 1
