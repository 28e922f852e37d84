-- Records that the event log had dropped before they were processed, and that a person gave up, so that processing could go on.

create table log_losses (
  topic text not null,
  partition integer not null,
  -- offset of the first record that was gone
  first bigint not null,
  -- offset at which processing went on
  next bigint not null check (next > first),
  accepted_at timestamptz not null,
  -- user and machine
  accepted_by text not null,
  primary key (topic, partition, first)
);
