# shellcheck shell=bash
# A private PostgreSQL: loopback only, generated passwords, no socket file (its path would be too long in a deep folder).
# DIR holds: files/data, log, port, password (of the role munadi), superuser-password, process.

# How long a server may take until it answers, in seconds. Recovery after a crash is included.
postgres_patience=60

# postgres_bin [MAJOR]: the folder of an installed PostgreSQL's programs: of that major version, or the newest from 15 on.
postgres_bin() {
    local folder found="" newest=14 major
    for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin \
        /usr/local/opt/postgresql@*/bin "$(dirname "$(command -v postgres || echo /nowhere/postgres)")"; do
        [ -x "$folder/initdb" ] && [ -x "$folder/psql" ] || continue
        major=$(postgres_major "$folder")
        [ "${1:-$major}" = "$major" ] && [ "$major" -gt "$newest" ] || continue
        newest=$major found=$folder
    done
    [ -n "$found" ] && printf '%s\n' "$found"
}

postgres_major() {
    local version
    version=$("$1/postgres" --version) || return 0
    version=${version##*) }
    version=${version%%[!0-9]*}
    printf '%s\n' "${version:-0}"
}

postgres_running() { living_process "$1/process" >/dev/null; }

postgres_address() {
    printf 'postgres://munadi:%s@127.0.0.1:%s/munadi\n' "$(<"$1/password")" "$(<"$1/port")"
}

# postgres_start DIR kept|throwaway: 0 when it answers. A throwaway one survives a kill, but no power cut.
postgres_start() {
    local dir=$1 mode=$2 user bin attempt
    bin=$(postgres_bin_for "$dir") || return 1
    postgres_running "$dir" && postgres_answers "$dir" "$bin" && return 0
    user=$(service_user postgres)
    make_files "$dir" "$user"
    [ -d "$dir/files/data" ] || postgres_init "$dir" "$user" "$bin" || return 1
    for attempt in 1 2 3; do
        postgres_choose_port "$dir"
        : >"$dir/log"
        postgres_launch "$dir" "$user" "$bin" "$mode"
        if postgres_answers "$dir" "$bin"; then
            postgres_prepare "$dir" "$bin"
            return
        fi
        # Processes of a killed predecessor, or a port that somebody took a moment ago: both pass.
        grep -Eq 'in use' "$dir/log" && [ -z "$stop_asked" ] || break
        sleep 0.2
    done
    end_process "$dir/process" INT 5
    [ -n "$stop_asked" ] || { say "PostgreSQL did not start (try $attempt)"; show_log_end "$dir/log"; }
    return 1
}

postgres_bin_for() {
    local major
    if [ -r "$1/files/data/PG_VERSION" ]; then
        major=$(<"$1/files/data/PG_VERSION")
        postgres_bin "$major" && return
        say "the data in $1 were made by PostgreSQL $major, which is no longer installed: install it again, or start over with ./run reset"
        return 1
    fi
    postgres_bin
}

# The data folder appears under its name only when it is complete, so that an interrupted start can be tried again.
postgres_init() {
    local dir=$1 user=$2 bin=$3 files locale=C
    files=$(files_of "$dir")
    [ "$(uname)" = Linux ] && locale=C.UTF-8
    random_hex | write_secret "$dir/password"
    random_hex | write_secret "$dir/superuser-password"
    as_user "$user" rm -rf "$files/data.new" "$files/secret"
    write_as "$user" "$files/secret" <"$dir/superuser-password"
    if ! (cd / && as_user "$user" "$bin/initdb" --no-sync --username=postgres --pwfile="$files/secret" \
        --auth=scram-sha-256 --encoding=UTF8 --locale="$locale" --pgdata="$files/data.new") >"$dir/log" 2>&1; then
        [ -n "$stop_asked" ] || { say "PostgreSQL could not make its data folder"; show_log_end "$dir/log"; }
        return 1
    fi
    as_user "$user" rm -f "$files/secret"
    as_user "$user" mv "$files/data.new" "$files/data"
}

postgres_choose_port() {
    if [ ! -s "$1/port" ] || port_answers "$(<"$1/port")"; then
        free_port >"$1/port"
    fi
}

postgres_launch() {
    local dir=$1 user=$2 bin=$3 mode=$4 prefix settings
    settings=(-c listen_addresses=127.0.0.1 -c "port=$(<"$dir/port")" -c unix_socket_directories=
        -c max_connections=300 -c shared_buffers=256MB -c max_wal_size=2GB -c log_destination=stderr -c logging_collector=off)
    if [ "$mode" = throwaway ]; then
        settings+=(-c fsync=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0)
    fi
    set_prefix "$user"
    launch "$dir/process" "$dir/log" "${prefix[@]}" "$bin/postgres" -D "$(files_of "$dir")/data" "${settings[@]}"
}

# Waits until it answers (0) or cannot any more: it may be on its way down.
postgres_answers() { wait_until "$postgres_patience" postgres_settled "$1" "$2" && postgres_running "$1"; }

# It answers, or it will never do so.
postgres_settled() {
    process_gone "$1/process" || postgres_query "$1" "$2" postgres 'select 1' >/dev/null 2>&1
}

# postgres_query DIR BIN DATABASE SQL, as the superuser.
postgres_query() {
    clean_psql "$2/psql" "$(<"$1/superuser-password")" -h 127.0.0.1 -p "$(<"$1/port")" -U postgres -d "$3" -c "$4"
}

# clean_psql PSQL PASSWORD ARGUMENT…: without what the caller's environment might say about other servers.
clean_psql() {
    local psql=$1 password=$2
    shift 2
    env -u PGHOST -u PGPORT -u PGUSER -u PGDATABASE -u PGSERVICE -u PGOPTIONS -u PGSSLMODE ${password:+"PGPASSWORD=$password"} \
        PGCONNECT_TIMEOUT=3 "$psql" -X -w -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# The product's role may make databases and nothing more: what works here works under an administrator's hand too.
postgres_prepare() {
    local dir=$1 bin=$2
    [ "$(postgres_query "$dir" "$bin" postgres "select count(*) from pg_database where datname = 'munadi'")" = 1 ] && return 0
    postgres_query "$dir" "$bin" postgres "
        do \$\$ begin
            if not exists (select from pg_roles where rolname = 'munadi') then
                create role munadi login createdb password '$(<"$dir/password")';
            end if;
        end \$\$" &&
        postgres_query "$dir" "$bin" postgres 'create database munadi owner munadi'
}

postgres_stop() { end_process "$1/process" INT 30; }

postgres_kill9() { kill_process "$1/process"; }
