-- Up Migration
set role sk_owner;

create table sk.job_leases (
  job text primary key,
  holder text not null,
  until timestamptz not null
);
create table sk.job_runs (
  id bigint generated always as identity primary key,
  job text not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  ok boolean,
  detail text
);
create index runs_of_job on sk.job_runs (job, started_at desc);

grant select, insert, update, delete on sk.job_leases to sk_app;
grant select, insert, update, delete on sk.job_runs to sk_app;

reset role;
