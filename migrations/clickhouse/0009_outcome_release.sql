-- Release of what was shed because a quota is spent; '' where it is not told apart.
ALTER TABLE outcomes
  ADD COLUMN IF NOT EXISTS release LowCardinality(String) CODEC(ZSTD(1))
