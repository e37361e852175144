#!/usr/bin/env bash
# Private instances of PostgreSQL and RabbitMQ, for development and for tests that must be able to kill them.
set -euo pipefail

dev_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$dev_folder/lib/common.sh"
# shellcheck source=deploy/dev/lib/process.sh
. "$dev_folder/lib/process.sh"
# shellcheck source=deploy/dev/lib/files.sh
. "$dev_folder/lib/files.sh"
# shellcheck source=deploy/dev/lib/amqp.sh
. "$dev_folder/lib/amqp.sh"
# shellcheck source=deploy/dev/lib/postgres.sh
. "$dev_folder/lib/postgres.sh"
# shellcheck source=deploy/dev/lib/rabbitmq.sh
. "$dev_folder/lib/rabbitmq.sh"
# shellcheck source=deploy/dev/lib/packages.sh
. "$dev_folder/lib/packages.sh"
# shellcheck source=deploy/dev/lib/choose.sh
. "$dev_folder/lib/choose.sh"
# shellcheck source=deploy/dev/lib/session.sh
. "$dev_folder/lib/session.sh"

usage() {
    cat <<'TEXT'
Private PostgreSQL and RabbitMQ instances on free loopback ports, each in a folder of its own.

    deploy/dev/services.sh start   SERVICE DIR [--throwaway] [--with-process ID]
    deploy/dev/services.sh stop    SERVICE DIR     ends it in order
    deploy/dev/services.sh kill9   SERVICE DIR     ends it like a power cut; `start` brings it back at the same address
    deploy/dev/services.sh restart SERVICE DIR     stop, then start
    deploy/dev/services.sh remove  SERVICE DIR     stop, then remove the folder
    deploy/dev/services.sh status  SERVICE DIR     exit code 0 when it runs
    deploy/dev/services.sh url     SERVICE DIR     where it is
    deploy/dev/services.sh psql    DIR [ARGUMENT…]         a look into a PostgreSQL
    deploy/dev/services.sh rabbitmqctl DIR [ARGUMENT…]     a look into a RabbitMQ

SERVICE is postgres or rabbitmq. `start`, `restart` and `url` print one line, DATABASE_URL=… or AMQP_URL=…, when the
service answers; messages go to the error stream.

--throwaway          does not wait for the disk: survives kill9, but no power cut (PostgreSQL)
--with-process ID    the service ends when that process ends, however it ends
TEXT
}

# Each service keeps its functions under its name: NAME_start, NAME_stop, NAME_kill9, NAME_running, NAME_address.
service_url() {
    case $1 in
    postgres) printf 'DATABASE_URL=%s\n' "$(postgres_address "$2")" ;;
    rabbitmq) printf 'AMQP_URL=%s\n' "$(rabbitmq_address "$2")" ;;
    esac
}

command_start() {
    local service=$1 dir=$2 mode=kept owner=""
    shift 2
    while [ $# -gt 0 ]; do
        case $1 in
        --throwaway) mode=throwaway ;;
        --with-process)
            owner=${2:?--with-process needs the id of a process}
            shift
            ;;
        *) fail "unknown option $1 (try --help)" ;;
        esac
        shift
    done
    [ -s "$dir/mode" ] || { mkdir -p "$dir" && echo "$mode" >"$dir/mode"; }
    if [ -n "$owner" ]; then
        untie "$dir"
        tie_to_process "$owner" "$dir" "$service" "$dir"
    fi
    "${service}_start" "$dir" "$(<"$dir/mode")" || { command_stop "$service" "$dir"; exit 1; }
    service_url "$service" "$dir"
}

command_stop() {
    untie "$2"
    "$1_stop" "$2"
}

command_remove() {
    command_stop "$1" "$2"
    remove_files "$2"
}

command_restart() {
    "$1_stop" "$2"
    command_start "$1" "$2"
}

command_kill9() { "$1_kill9" "$2"; }
command_status() { "$1_running" "$2"; }
command_url() { service_url "$1" "$2"; }

look_inside() {
    local program=$1 dir=${2:?the folder of the instance is missing}
    shift 2
    dir=$(cd "$dir" && pwd)
    case $program in
    psql) PGPASSWORD=$(<"$dir/superuser-password") exec "$(postgres_bin)/psql" -h 127.0.0.1 -p "$(<"$dir/port")" -U postgres -d munadi "$@" ;;
    rabbitmqctl) rabbitmq_control "$dir" "$@" ;;
    esac
}

services_main() {
    local action=${1:---help} service=${2:-} dir=${3:-}
    case $action in
    -h | --help | help) usage && return ;;
    psql | rabbitmqctl) shift && look_inside "$action" "$@" && return ;;
    start | stop | kill9 | restart | remove | status | url) shift ;;
    *) fail "unknown action $action (try --help)" ;;
    esac
    case $service in postgres | rabbitmq) shift ;; *) fail "the service is postgres or rabbitmq (try --help)" ;; esac
    [ -n "$dir" ] || fail "the folder of the instance is missing (try --help)"
    shift
    case $dir in /*) ;; *) dir=$PWD/$dir ;; esac
    trap 'stop_asked=1' INT TERM
    "command_$action" "$service" "$dir" "$@"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    services_main "$@"
fi
