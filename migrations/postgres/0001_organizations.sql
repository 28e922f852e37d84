-- Who may do what: organizations, people who log in, teams, projects, keys, tokens.

create table organizations (
  id bigint generated always as identity primary key,
  slug text not null unique,
  name text not null,
  -- Keys user and actor hashes: without it they cannot be linked to a person.
  hash_secret bytea not null,
  next_deploy_number bigint not null default 1,
  created_at timestamptz not null default now()
);

create table users (
  id bigint generated always as identity primary key,
  email text not null unique check (email = lower(email)),
  name text not null default '',
  -- scrypt: 'scrypt$N$r$p$salt$hash', base64 parts
  password_hash text not null,
  is_staff boolean not null default false,
  created_at timestamptz not null default now()
);

create table members (
  organization_id bigint not null references organizations (id),
  user_id bigint not null references users (id),
  role text not null check (role in ('owner', 'admin', 'member', 'support')),
  created_at timestamptz not null default now(),
  primary key (organization_id, user_id)
);
create index members_by_user on members (user_id);

create table teams (
  id bigint generated always as identity primary key,
  organization_id bigint not null references organizations (id),
  slug text not null,
  name text not null,
  created_at timestamptz not null default now(),
  unique (organization_id, slug)
);

create table projects (
  id integer generated always as identity primary key,
  organization_id bigint not null references organizations (id),
  team_id bigint references teams (id),
  slug text not null,
  name text not null,
  platform text,
  status text not null default 'active' check (status in ('active', 'deleting')),
  settings jsonb not null default '{}',
  next_short_id bigint not null default 1,
  created_at timestamptz not null default now(),
  unique (organization_id, slug)
);

create table project_keys (
  id integer generated always as identity primary key,
  project_id integer not null references projects (id),
  public_key text not null unique check (public_key ~ '^[0-9a-f]{32}$'),
  name text not null default 'Default',
  is_active boolean not null default true,
  rate_limit_count integer,
  rate_limit_window integer,
  created_at timestamptz not null default now()
);
create index project_keys_by_project on project_keys (project_id);

create table web_sessions (
  -- SHA-256 of the cookie's value
  id_hash bytea primary key,
  user_id bigint not null references users (id),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index web_sessions_by_user on web_sessions (user_id);

create table api_tokens (
  id bigint generated always as identity primary key,
  organization_id bigint not null references organizations (id),
  -- null: the token belongs to the organization
  user_id bigint references users (id),
  name text not null,
  -- SHA-256 of the token; the token itself is shown once
  token_hash bytea not null unique,
  last_characters text not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);

-- What ingest knows of projects and keys is a snapshot; this number says whether it is the newest one.
create table config_version (
  only_row boolean primary key default true check (only_row),
  version bigint not null
);
insert into config_version (version) values (1);

create function bump_config_version() returns trigger language plpgsql as $$
begin
  update config_version set version = version + 1;
  perform pg_notify('config_changed', '');
  return null;
end
$$;
create trigger config_changed after insert or update or delete on project_keys
  for each statement execute function bump_config_version();
create trigger config_changed after insert or delete or update of slug, status, settings, organization_id on projects
  for each statement execute function bump_config_version();
