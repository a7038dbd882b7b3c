-- Up Migration
set role sk_owner;

create table sk.users (
  id uuid primary key,
  -- Stored as it is compared: lower case, so that one mailbox has one account.
  email text not null unique check (email = lower(email) and length(email) <= 254),
  name text not null check (length(name) between 1 and 80),
  password_hash text not null,
  roles text[] not null default '{}' check (roles <@ array['moderator', 'finance', 'auditor', 'admin']),
  banned_at timestamptz,
  created_at timestamptz not null default now()
);

-- A family is one sign-in; each refresh replaces its newest token. Only hashes are kept. Every change to a user's
-- sessions is made under the lock of that user's row, so rotation, reuse, sign-out and sign-in never overlap.
create table sk.sessions (
  id uuid primary key,
  user_id uuid not null references sk.users on delete cascade,
  family uuid not null,
  token_hash bytea not null unique check (length(token_hash) = 32),
  created_at timestamptz not null,
  -- Absolute end of the family, copied to each of its tokens.
  expires_at timestamptz not null,
  -- When this token was exchanged for the next. Kept until the family ends: a token that comes back tells of theft.
  rotated_at timestamptz,
  revoked_at timestamptz,
  user_agent text check (length(user_agent) <= 200)
);
create index sessions_of_family on sk.sessions (family);
create index sessions_of_user on sk.sessions (user_id);
create index sessions_by_end on sk.sessions (expires_at);
-- A rotation is one update out of a known state, so a family cannot fork: at most one token is the newest.
create unique index sessions_newest on sk.sessions (family) where rotated_at is null;

-- A user reads what is theirs. Writing takes 'system', which only the verbs of accounts use: a request's own
-- context cannot raise its roles or touch a session, whatever a query elsewhere forgets.
alter table sk.users enable row level security;
alter table sk.users force row level security;
create policy own_row on sk.users for select using (id = sk.uid() or sk.is_system());
create policy written_by_system on sk.users for all using (sk.is_system()) with check (sk.is_system());

alter table sk.sessions enable row level security;
alter table sk.sessions force row level security;
create policy own_row on sk.sessions for select using (user_id = sk.uid() or sk.is_system());
create policy written_by_system on sk.sessions for all using (sk.is_system()) with check (sk.is_system());

-- E-mail and id never change, and nobody is deleted by the app.
grant select, insert on sk.users to sk_app;
grant update (name, password_hash, roles, banned_at) on sk.users to sk_app;
grant select, insert, delete on sk.sessions to sk_app;
grant update (rotated_at, revoked_at) on sk.sessions to sk_app;

reset role;
