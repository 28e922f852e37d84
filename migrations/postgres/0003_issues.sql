-- Issues and what events are counted by. Nothing here has a row per event.

create table issues (
  id bigint generated always as identity primary key,
  project_id integer not null references projects (id),
  short_id bigint not null,
  title text not null,
  culprit text not null default '',
  -- {type, value, filename, function} for the title's parts
  metadata jsonb not null default '{}',
  type text not null default 'error',
  level text not null,
  platform text not null,
  logger text,
  status text not null default 'unresolved' check (status in ('unresolved', 'resolved', 'ignored')),
  substatus text,
  status_changed_at timestamptz,
  first_seen timestamptz not null,
  last_seen timestamptz not null,
  times_seen bigint not null default 0,
  -- derived from issue_people; see there
  users_seen bigint not null default 0,
  has_unhandled boolean not null default false,
  first_release_id bigint references releases (id),
  last_release_id bigint references releases (id),
  first_deploy_id bigint references deploys (id),
  last_deploy_id bigint references deploys (id),
  -- kept when older events are deleted
  exemplar_event_id uuid not null,
  created_at timestamptz not null default now(),
  unique (project_id, short_id)
);
create index issues_by_last_seen on issues (project_id, status, last_seen desc, id);
create index issues_by_first_seen on issues (project_id, first_seen desc);
create index issues_by_times_seen on issues (project_id, times_seen desc);
create index issues_by_users_seen on issues (project_id, users_seen desc);
create index issues_by_first_deploy on issues (first_deploy_id) where first_deploy_id is not null;

create table issue_hashes (
  project_id integer not null references projects (id),
  -- 16 lower-case hex digits
  hash text not null,
  -- name of the grouping strategy that made it
  strategy text not null,
  issue_id bigint not null references issues (id),
  created_at timestamptz not null default now(),
  primary key (project_id, hash)
);
create index issue_hashes_by_issue on issue_hashes (issue_id);

-- Set of user hashes of an issue: exact while small, then a sketch (packages/people). Bounded per issue.
create table issue_people (
  issue_id bigint primary key references issues (id),
  sketch bytea not null
);

create table issue_activity (
  id bigint generated always as identity primary key,
  issue_id bigint not null references issues (id),
  user_id bigint references users (id),
  kind text not null,
  data jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create index issue_activity_by_issue on issue_activity (issue_id, id);
