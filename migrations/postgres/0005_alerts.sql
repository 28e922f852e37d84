-- Where alerts go, and what went.

create table alert_channels (
  id bigint generated always as identity primary key,
  organization_id bigint not null references organizations (id),
  -- null: all projects of the organization
  project_id integer references projects (id),
  kind text not null check (kind in ('webhook', 'email')),
  -- URL or mail address
  target text not null,
  -- signs webhooks; needed in clear to sign, so it is made by the server and shown once
  secret text,
  is_active boolean not null default true,
  created_at timestamptz not null default now()
);
create index alert_channels_by_organization on alert_channels (organization_id);

create table alert_deliveries (
  id bigint generated always as identity primary key,
  channel_id bigint not null references alert_channels (id),
  -- stable: the same message is never made twice; receivers drop repeats by it
  idempotency_key text not null,
  subject text not null,
  body jsonb not null,
  created_at timestamptz not null default now(),
  attempts integer not null default 0,
  delivered_at timestamptz,
  last_error text,
  unique (channel_id, idempotency_key)
);

create table feature_flags (
  name text primary key,
  rules jsonb not null default '{}',
  updated_at timestamptz not null default now()
);
