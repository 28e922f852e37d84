-- Ids and offsets of the records that a row sums up, events aside: by them a record is known that lies in the log twice.
ALTER TABLE outcomes
  ADD COLUMN IF NOT EXISTS record_ids Array(UUID) CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS record_offsets Array(UInt64) CODEC(ZSTD(1)),
  ADD INDEX IF NOT EXISTS by_record record_ids TYPE bloom_filter(0.001) GRANULARITY 1
