-- What an operator sees: which processes are there, and which dead letters somebody wants replayed.

-- One row per process that was there lately; it writes it itself every few seconds. Only for looking at: nothing is decided by it.
create table service_instances (
  -- random, new at each start
  id text primary key,
  service text not null,
  host text not null,
  pid integer not null,
  version text not null,
  started_at timestamptz not null,
  seen_at timestamptz not null,
  is_ready boolean not null,
  -- why it is not ready
  detail text,
  memory_bytes bigint not null,
  facts jsonb not null default '{}'
);

-- A processor appends the record to the log again when this is set.
alter table dead_letters add column replay_requested_at timestamptz;
