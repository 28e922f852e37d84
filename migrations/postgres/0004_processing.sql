-- Plan, store, commit: positions, plans, leases, dead letters, outbox.

create table log_positions (
  topic text not null,
  partition integer not null,
  -- offset of the first record that is not committed
  next bigint not null,
  updated_at timestamptz not null default now(),
  primary key (topic, partition)
);

-- At most one unfinished batch per partition. A plan that is here is adopted, never remade.
create table batch_plans (
  topic text not null,
  partition integer not null,
  first bigint not null,
  last bigint not null,
  format_version integer not null,
  plan jsonb not null,
  created_at timestamptz not null default now(),
  primary key (topic, partition)
);

create table partition_leases (
  topic text not null,
  partition integer not null,
  owner text not null,
  expires_at timestamptz not null,
  primary key (topic, partition)
);

-- Consumers that are alive, to work out fair shares of the partitions.
create table partition_consumers (
  topic text not null,
  owner text not null,
  expires_at timestamptz not null,
  primary key (topic, owner)
);

create table dead_letters (
  id bigint generated always as identity primary key,
  topic text not null,
  partition integer not null,
  log_offset bigint not null,
  project_id integer,
  event_id uuid,
  kind text not null,
  stage text not null,
  -- code and message without values of the event
  reason text not null,
  record bytea not null,
  created_at timestamptz not null default now(),
  replayed_at timestamptz,
  unique (topic, partition, log_offset)
);
create index dead_letters_open on dead_letters (id) where replayed_at is null;

-- Facts that others act on, written in the commit that made them true.
create table outbox (
  id bigint generated always as identity primary key,
  kind text not null,
  organization_id bigint not null references organizations (id),
  project_id integer references projects (id),
  issue_id bigint references issues (id),
  release_id bigint references releases (id),
  deploy_id bigint references deploys (id),
  data jsonb not null default '{}',
  created_at timestamptz not null default now(),
  taken_at timestamptz
);
create index outbox_open on outbox (id) where taken_at is null;
