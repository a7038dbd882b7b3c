-- Mail that is to go out, written in the transaction of the deed it speaks of and sent by a job.
-- Up Migration
set role sk_owner;

alter table sk.users
  add column locale text not null default 'id' check (locale in ('id', 'en')),
  add column email_verified_at timestamptz;
grant update (email_verified_at, locale) on sk.users to sk_app;
alter table sk.donor_identities
  add column locale text not null default 'id' check (locale in ('id', 'en'));

create table sk.outbox (
  id uuid primary key default uuidv7(),
  -- What is queued under a key is queued once.
  key text not null unique check (length(key) <= 160),
  -- Either an address, or the account whose address at the time of sending counts.
  recipient text check (length(recipient) <= 254),
  user_id uuid references sk.users,
  template text not null check (length(template) <= 40),
  locale text check (locale in ('id', 'en')),
  -- Ids, never words: what a mail says is read when it is sent.
  data jsonb not null default '{}',
  status text not null default 'queued'
    check (status in ('queued', 'sending', 'sent', 'dropped', 'failed', 'unknown')),
  attempts int not null default 0,
  due_at timestamptz not null default now(),
  lease_until timestamptz,
  -- Why the last attempt came to nothing; no address and no token.
  reason text check (length(reason) <= 300),
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  check (recipient is not null or user_id is not null)
);
create index outbox_due on sk.outbox (due_at, id) where status = 'queued';
create index outbox_sending on sk.outbox (lease_until) where status = 'sending';
create index outbox_ended on sk.outbox (ended_at) where ended_at is not null;

-- Addresses of people: for the system alone.
alter table sk.outbox enable row level security;
alter table sk.outbox force row level security;
create policy for_the_system on sk.outbox using (sk.is_system()) with check (true);

create table sk.password_resets (
  token_hash bytea primary key check (length(token_hash) = 32),
  user_id uuid not null references sk.users,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index resets_of_user on sk.password_resets (user_id);
alter table sk.password_resets enable row level security;
alter table sk.password_resets force row level security;
create policy for_the_system on sk.password_resets using (sk.is_system()) with check (sk.is_system());

grant select, insert, delete on sk.outbox to sk_app;
grant update (status, attempts, due_at, lease_until, reason, ended_at) on sk.outbox to sk_app;
grant select, insert, delete on sk.password_resets to sk_app;
grant update (used_at) on sk.password_resets to sk_app;

reset role;
