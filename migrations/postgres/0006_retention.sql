-- How long things are kept, and what people delete.

-- Rows received before it may be gone from ClickHouse: older ones are compared with nothing.
alter table projects add column events_kept_since timestamptz;

-- When the exemplar's row was copied to where retention does not reach; null while the event itself is kept.
alter table issues add column exemplar_kept_at timestamptz;

-- What was deleted here and whose rows in ClickHouse still have to go. No foreign keys: what they would name is gone or going.
create table deletions (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('issue', 'project')),
  organization_id bigint not null,
  project_id integer not null,
  -- of an issue: its id and hashes, 16 lower-case hex digits each
  issue_id bigint,
  hashes text[] not null default '{}',
  topic text not null default '',
  -- by partition of the log: only rows below these offsets go
  offsets bigint[] not null default '{}',
  requested_by bigint,
  created_at timestamptz not null default now(),
  -- by unix seconds of the hour of `received`: events that go, written down before they do
  hours jsonb,
  finished_at timestamptz
);
create index deletions_open on deletions (project_id) where finished_at is null;

-- How many accepted events of an hour were deleted: what was accepted = the rows that are there + these.
create table deleted_events (
  project_id integer not null,
  hour timestamptz not null,
  quantity bigint not null,
  primary key (project_id, hour)
);

-- Events that join one of these hashes are filtered.
create table discarded_hashes (
  id bigint generated always as identity primary key,
  project_id integer not null references projects (id),
  -- 16 lower-case hex digits
  hash text not null,
  -- the hashes of one discarded issue have the same
  issue_id bigint not null,
  title text not null,
  culprit text not null,
  type text not null,
  level text not null,
  created_by bigint,
  created_at timestamptz not null default now(),
  unique (project_id, hash)
);

-- When a job of the house last ran.
create table maintenance_runs (
  job text primary key,
  started_at timestamptz not null,
  finished_at timestamptz
);
