-- One event of each issue, copied here before retention takes its row: columns as in `events`.
CREATE TABLE IF NOT EXISTS exemplars
(
  project_id     UInt32,
  received       DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  timestamp      DateTime64(3, 'UTC') CODEC(ZSTD(1)),
  event_id       UUID CODEC(NONE),
  log_partition  UInt16 CODEC(ZSTD(1)),
  log_offset     UInt64 CODEC(Delta, ZSTD(1)),
  grouping_hash  UInt64 CODEC(ZSTD(1)),
  environment    LowCardinality(String),
  release        LowCardinality(String),
  dist           LowCardinality(String),
  platform       LowCardinality(String),
  level          LowCardinality(String),
  handled        UInt8,
  user_id        String CODEC(ZSTD(1)),
  user_email     String CODEC(ZSTD(1)),
  user_username  String CODEC(ZSTD(1)),
  user_ip        String CODEC(ZSTD(1)),
  identities     Array(String) CODEC(ZSTD(1)),
  user_hash      UInt64 CODEC(ZSTD(1)),
  actor_hash     UInt64 CODEC(ZSTD(1)),
  kept_weight    Float32 CODEC(ZSTD(1)),
  deploy_id      UInt64 CODEC(ZSTD(1)),
  tags           Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  title          String CODEC(ZSTD(1)),
  culprit        LowCardinality(String),
  transaction    LowCardinality(String),
  sdk            LowCardinality(String),
  payload        String CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (project_id, grouping_hash, received)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
         min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
         merge_max_block_size_bytes = 4000000, max_parts_to_merge_at_once = 20, max_bytes_to_merge_at_max_space_in_pool = 5000000000,
         old_parts_lifetime = 60, cleanup_delay_period = 10, cleanup_delay_period_random_add = 2, max_cleanup_delay_period = 20,
         ttl_only_drop_parts = 1
