# shellcheck shell=bash
# Which PostgreSQL and which RabbitMQ to use: the named one, the one that last time's data are in, the one on the standard
# local port, a private one, in this order. Sets DATABASE_URL and database_source, AMQP_URL and broker_source, where the
# source is given, local or private. STATE is the folder of everything that belongs to this checkout.

# plan_services STATE: decides, and installs what is missing. Starts nothing.
plan_services() {
    plan_postgres "$1"
    plan_rabbitmq "$1"
}

plan_postgres() {
    local state=$1
    if [ -n "${DATABASE_URL:-}" ]; then
        database_source=given
    elif [ -e "$state/postgres/password" ]; then
        database_source=private
    elif [ -s "$state/local-postgres" ]; then
        database_source=local
        DATABASE_URL=$(local_postgres) ||
            fail "the local PostgreSQL which holds your demonstration does not answer: start it, or start over with ./run reset"
    elif DATABASE_URL=$(local_postgres); then
        database_source=local
    else
        database_source=private DATABASE_URL=""
        need_program postgres 15 PostgreSQL DATABASE_URL "$state" postgres_bin
    fi
}

plan_rabbitmq() {
    local state=$1
    if [ -n "${AMQP_URL:-}" ]; then
        broker_source=given
    elif [ -e "$state/rabbitmq/password" ]; then
        broker_source=private
    elif [ -s "$state/local-rabbitmq" ]; then
        broker_source=local
        AMQP_URL=$(local_rabbitmq) ||
            fail "the local RabbitMQ which holds your demonstration's queues does not answer: start it, or start over with ./run reset"
    elif AMQP_URL=$(local_rabbitmq); then
        broker_source=local
    else
        broker_source=private AMQP_URL=""
        need_program rabbitmq 3.10 RabbitMQ AMQP_URL "$state" rabbitmq_bin
    fi
}

# need_program THING VERSION NAME VARIABLE STATE FINDER: installs it unless the finder finds it.
need_program() {
    "$6" >/dev/null && return
    if offers_version "$1" "$2"; then
        install_things "$5/install.log" "$1" && "$6" >/dev/null && return
    fi
    fail "no $3 $2 or later was found here, and it could not be installed: install it, or set $4 to one that runs elsewhere, or start both services in containers as the first lines of deploy/compose.yaml say"
}

# With MUNADI_PRIVATE_SERVICES set, the machine's own servers are left alone: tests must not touch anybody's data.
leave_local_alone() { [ -n "${MUNADI_PRIVATE_SERVICES:-}" ]; }

# local_postgres: prints the address of the database munadi in the PostgreSQL on the standard port, if that lets this user in
# and has the database or lets the user make it. Changes nothing.
local_postgres() {
    local psql user host question
    ! leave_local_alone || return 1
    psql=$(postgres_psql) || return 1
    user=$(id -un)
    case $user in *[!a-zA-Z0-9_-]*) return 1 ;; esac
    question="select current_setting('server_version_num')::int >= 150000 and (rolsuper or rolcreatedb
        or exists (select from pg_database where datname = 'munadi' and pg_get_userbyid(datdba) = current_user))
        from pg_roles where rolname = current_user"
    for host in /var/run/postgresql /tmp localhost; do
        [ "$(clean_psql "$psql" "" -h "$host" -p 5432 -U "$user" -d postgres -c "$question" 2>/dev/null)" = t ] || continue
        case $host in
        /*) printf 'postgres://%s@localhost:5432/munadi?host=%s\n' "$user" "$host" ;;
        *) printf 'postgres://%s@%s:5432/munadi\n' "$user" "$host" ;;
        esac
        return
    done
    return 1
}

postgres_psql() {
    command -v psql && return
    local bin
    bin=$(postgres_bin) && printf '%s/psql\n' "$bin"
}

# A broker whose well-known user still has its well-known password lets anybody in who is on this machine, and so us.
local_rabbitmq() {
    local version
    ! leave_local_alone || return 1
    version=$(amqp_login 5672 guest guest) && version_at_least "$version" 3.10 &&
        printf 'amqp://guest:guest@127.0.0.1:5672/%%2f\n'
}

# services_up STATE: whether everything that was planned runs already.
services_up() {
    { [ "$database_source" != private ] || postgres_running "$1/postgres"; } &&
        { [ "$broker_source" != private ] || rabbitmq_running "$1/rabbitmq"; }
}

# start_services STATE MODE: starts the private ones side by side, and sets the addresses. Ends the script when one fails.
start_services() {
    local state=$1 mode=$2 database=0 broker=0
    own_group start_quietly "$database_source" postgres_start "$state/postgres" "$mode"
    starting_database=$!
    own_group start_quietly "$broker_source" rabbitmq_start "$state/rabbitmq" "$mode"
    starting_broker=$!
    wait "$starting_database" || database=$?
    wait "$starting_broker" || broker=$?
    starting_database="" starting_broker=""
    [ "$database$broker" = 00 ] || fail "the services could not be started"
    use_services "$state"
}

# A stop that comes in between is noticed between two steps, so that nothing is left half started.
start_quietly() {
    trap 'stop_asked=1' TERM
    [ "$1" != private ] || "$2" "$3" "$4"
}

# use_services STATE: sets the addresses of the planned services, which run.
use_services() {
    local state=$1
    case $database_source in
    private) DATABASE_URL=$(postgres_address "$state/postgres") ;;
    local) make_local_database && echo "$DATABASE_URL" >"$state/local-postgres" ;;
    esac
    case $broker_source in
    private) AMQP_URL=$(rabbitmq_address "$state/rabbitmq") ;;
    local) echo "$AMQP_URL" >"$state/local-rabbitmq" ;;
    esac
    export DATABASE_URL AMQP_URL
}

make_local_database() {
    local psql exists="select count(*) from pg_database where datname = 'munadi'"
    psql=$(postgres_psql)
    local address=${DATABASE_URL/:5432\/munadi/:5432\/postgres}
    [ "$(clean_psql "$psql" "" -d "$address" -c "$exists")" = 1 ] ||
        clean_psql "$psql" "" -d "$address" -c 'create database munadi' || fail "the local PostgreSQL did not let us make the database munadi"
}

# stop_services STATE: ends the private ones, whatever state they are in, side by side.
stop_services() {
    local pid database broker
    for pid in ${starting_database:-} ${starting_broker:-}; do
        kill -TERM "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    own_group postgres_stop "$1/postgres"
    database=$!
    own_group rabbitmq_stop "$1/rabbitmq"
    broker=$!
    wait "$database" "$broker" || true
}

# services_in_words STATE: one line for a person.
services_in_words() {
    say "PostgreSQL: $(source_in_words "$database_source" "$1/postgres"); RabbitMQ: $(source_in_words "$broker_source" "$1/rabbitmq")"
}

source_in_words() {
    case $1 in
    given) echo "the one you named" ;;
    local) echo "the one on this machine's standard port" ;;
    private) echo "a private one in ${2#"$PWD/"}" ;;
    esac
}
