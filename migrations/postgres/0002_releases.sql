-- What runs where: releases, environments, deploys and other changes.

create table releases (
  id bigint generated always as identity primary key,
  organization_id bigint not null references organizations (id),
  version text not null,
  ref text,
  url text,
  status text not null default 'open' check (status in ('open', 'archived')),
  date_created timestamptz not null,
  date_released timestamptz,
  unique (organization_id, version)
);

create table release_projects (
  release_id bigint not null references releases (id),
  project_id integer not null references projects (id),
  first_event timestamptz,
  last_event timestamptz,
  new_issues bigint not null default 0,
  primary key (release_id, project_id)
);
create index release_projects_by_project on release_projects (project_id, release_id);

create table environments (
  id bigint generated always as identity primary key,
  project_id integer not null references projects (id),
  name text not null,
  created_at timestamptz not null default now(),
  unique (project_id, name)
);

create table deploys (
  id bigint generated always as identity primary key,
  organization_id bigint not null references organizations (id),
  -- what people call it: #412, counted per organization
  number bigint not null,
  release_id bigint not null references releases (id),
  environment text not null,
  name text,
  url text,
  date_started timestamptz,
  date_finished timestamptz not null,
  created_at timestamptz not null default now(),
  unique (organization_id, number)
);
create index deploys_by_release on deploys (release_id, date_finished);

create table deploy_projects (
  deploy_id bigint not null references deploys (id),
  project_id integer not null references projects (id),
  primary key (deploy_id, project_id)
);
create index deploy_projects_by_project on deploy_projects (project_id, deploy_id);

-- Changes that are no deploy: a flag, a configuration, a migration.
create table changes (
  id bigint generated always as identity primary key,
  organization_id bigint not null references organizations (id),
  project_id integer references projects (id),
  kind text not null check (kind in ('flag', 'config', 'migration', 'other')),
  name text not null,
  environment text,
  data jsonb not null default '{}',
  happened_at timestamptz not null,
  created_at timestamptz not null default now()
);
create index changes_by_time on changes (organization_id, happened_at);
