-- What projects were called before: links and scripts with an old slug still find them.

create table former_project_slugs (
  organization_id bigint not null references organizations (id),
  slug text not null,
  project_id integer not null references projects (id),
  created_at timestamptz not null default now(),
  -- of two projects that had the same slug, the later one is found
  primary key (organization_id, slug)
);
create index former_project_slugs_by_project on former_project_slugs (project_id);
