#!/usr/bin/env bash
# Run once by the PostgreSQL image, when its data folder is new: the role and the database of the product. The role owns its
# database and is no superuser.
set -euo pipefail

psql --set=ON_ERROR_STOP=1 --no-psqlrc --username="${POSTGRES_USER:-postgres}" --dbname=postgres \
    --set=password="$(</run/secrets/munadi_password)" <<'SQL'
create role munadi login password :'password';
create database munadi owner munadi;
SQL
