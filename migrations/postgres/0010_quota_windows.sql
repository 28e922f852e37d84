-- How much of a quota's window ingest processes have leased: they spend it alone and come back for more. Never a row per event.
create table quota_windows (
  -- scope, id and length of the quota, and which of its allowances
  bucket text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  -- the limit, as the last process that asked knew it
  at_most bigint not null,
  leased bigint not null,
  -- what the last ask was given; negative: what it gave back
  granted bigint not null,
  primary key (bucket, starts_at)
) with (fillfactor = 50);
create index quota_windows_over on quota_windows (ends_at);
