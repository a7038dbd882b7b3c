-- Three roles: sk_owner owns every object and never logs in, sk_migrator may become it, sk_app serves requests
-- and can neither change the schema nor rewrite the books. Passwords are given by whoever runs the database.
-- Up Migration
do $$
begin
  if not exists (select from pg_roles where rolname = 'sk_owner') then
    create role sk_owner nologin;
  end if;
  if not exists (select from pg_roles where rolname = 'sk_migrator') then
    create role sk_migrator login;
    grant sk_owner to sk_migrator;
  end if;
  if not exists (select from pg_roles where rolname = 'sk_app') then
    create role sk_app login;
  end if;
end $$;

create schema if not exists sk authorization sk_owner;
grant usage on schema sk to sk_app;

-- Every object below belongs to sk_owner, whoever runs the migration.
set role sk_owner;

alter default privileges revoke execute on functions from public;

-- Who a transaction acts for: a user's id, or 'system' for work that has no single user behind it (sign-in,
-- booking a batch, moderation after its own check). Without it, row-level security shows nothing.
create function sk.uid() returns uuid language sql stable parallel safe as
  $$ select case when current_setting('app.uid', true) ~ '^[0-9a-f-]{36}$' then current_setting('app.uid', true)::uuid end $$;
create function sk.is_system() returns boolean language sql stable parallel safe as
  $$ select current_setting('app.uid', true) is not distinct from 'system' $$;
grant execute on function sk.uid(), sk.is_system() to sk_app;

reset role;
