#!/usr/bin/env bash
# Makes the passwords and settings that deploy/compose.yaml mounts, in deploy/secrets. Never replaces one that exists: the
# services keep the password they were first started with.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"

new_secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# make FILE: keeps standard input, unless the file is there. Users inside the containers must be able to read the files, so it is
# the folder that keeps others out.
make() {
    if [ -e "secrets/$1" ]; then
        cat >/dev/null
        echo "kept deploy/secrets/$1"
        return
    fi
    cat >"secrets/$1.new"
    chmod 444 "secrets/$1.new"
    mv "secrets/$1.new" "secrets/$1"
    echo "made deploy/secrets/$1"
}

mkdir -p secrets
chmod 700 secrets

new_secret | make superuser_password
new_secret | make munadi_password
new_secret | make rabbitmq_password
database=$(<secrets/munadi_password)
broker=$(<secrets/rabbitmq_password)

make rabbitmq.conf <<CONFIG
default_user = munadi
default_pass = $broker
default_vhost = munadi
loopback_users = none
CONFIG

make munadi.toml <<CONFIG
[database]
url = "postgres://munadi:$database@postgres:5432/munadi"

[broker]
url = "amqp://munadi:$broker@rabbitmq:5672/munadi"
CONFIG

make local.env <<CONFIG
DATABASE_URL=postgres://munadi:$database@127.0.0.1:${MUNADI_POSTGRES_PORT:-5432}/munadi
AMQP_URL=amqp://munadi:$broker@127.0.0.1:${MUNADI_RABBITMQ_PORT:-5672}/munadi
CONFIG
