#!/bin/sh
# Run once by the postgres image, when its volume is empty: the roles and the database of the README.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  -v migrator="$SK_MIGRATOR_PASSWORD" -v app="$SK_APP_PASSWORD" <<'SQL'
create role sk_owner nologin;
create role sk_migrator login password :'migrator' in role sk_owner;
create role sk_app login password :'app';
create database sangkuriang owner sk_owner;
SQL
