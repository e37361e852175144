# shellcheck shell=bash
# A private RabbitMQ node: its listeners, its Erlang distribution and its own epmd on the loopback address only, its own
# cookie, a generated user and no guest. DIR holds: files/, log, ports, password, process, epmd.

# How long a node may take until it lets us in, in seconds.
rabbitmq_patience=90

# rabbitmq_bin: the folder of the installed RabbitMQ's own scripts. Debian's wrappers in /usr/sbin serve only its own node.
rabbitmq_bin() {
    local folder
    for folder in /usr/lib/rabbitmq/bin /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin /opt/homebrew/opt/rabbitmq/sbin \
        /usr/local/opt/rabbitmq/sbin "$(dirname "$(command -v rabbitmq-server || echo /nowhere/rabbitmq-server)")"; do
        if [ -x "$folder/rabbitmq-server" ]; then
            printf '%s\n' "$folder"
            return
        fi
    done
    return 1
}

# epmd_bin: Erlang's name service; some packages keep it beside the virtual machine and out of the path.
epmd_bin() {
    command -v epmd && return
    local root
    root=$(erl -noshell -eval 'io:format("~s", [code:root_dir()]), halt().' 2>/dev/null) || return 1
    set -- "$root"/erts-*/bin/epmd
    [ -x "$1" ] && printf '%s\n' "$1"
}

rabbitmq_running() { living_process "$1/process" >/dev/null; }

rabbitmq_port() {
    local amqp
    read -r amqp _ <"$1/ports"
    printf '%s\n' "$amqp"
}

rabbitmq_address() {
    printf 'amqp://munadi:%s@127.0.0.1:%s/%%2f\n' "$(<"$1/password")" "$(rabbitmq_port "$1")"
}

# rabbitmq_start DIR: 0 when it lets us in.
rabbitmq_start() {
    local dir=$1 user bin epmd attempt
    rabbitmq_running "$dir" && rabbitmq_answers "$dir" && return 0
    if ! bin=$(rabbitmq_bin) || ! epmd=$(epmd_bin); then
        say "RabbitMQ or Erlang is not installed"
        return 1
    fi
    user=$(service_user rabbitmq)
    make_files "$dir" "$user"
    [ -s "$dir/password" ] || random_hex | write_secret "$dir/password"
    rabbitmq_cookie "$dir" "$user"
    for attempt in 1 2 3; do
        rabbitmq_choose_ports "$dir"
        rabbitmq_config "$dir" | write_as "$user" "$(files_of "$dir")/rabbitmq.conf"
        : >"$dir/log"
        rabbitmq_launch "$dir" "$user" "$bin" "$epmd"
        rabbitmq_answers "$dir" && return 0
        rabbitmq_stop "$dir"
        grep -Eq 'eaddrinuse|already in use|in use by another' "$dir/log" && [ -z "$stop_asked" ] || break
    done
    [ -n "$stop_asked" ] || { say "RabbitMQ did not start (try $attempt)"; show_log_end "$dir/log"; }
    return 1
}

rabbitmq_cookie() {
    [ -e "$1/files/.erlang.cookie" ] || random_hex | write_as "$2" "$(files_of "$1")/.erlang.cookie"
}

# Three ports: AMQP, Erlang's distribution, epmd. Kept for the next start, unless somebody has taken one meanwhile.
rabbitmq_choose_ports() {
    local amqp dist epmd
    if [ -s "$1/ports" ]; then
        read -r amqp dist epmd <"$1/ports"
        if ! port_answers "$amqp" && ! port_answers "$dist" && { ! port_answers "$epmd" || ! process_gone "$1/epmd"; }; then
            return
        fi
    fi
    end_process "$1/epmd" TERM 5
    echo "$(free_port) $(free_port) $(free_port)" >"$1/ports"
}

# The write-ahead log's default of half a gigabyte suits a server, not somebody's checkout.
rabbitmq_config() {
    cat <<CONFIG
listeners.tcp.1 = 127.0.0.1:$(rabbitmq_port "$1")
default_user = munadi
default_pass = $(<"$1/password")
loopback_users.munadi = true
log.console = true
log.console.level = info
log.file = false
raft.wal_max_size_bytes = 67108864
CONFIG
}

rabbitmq_launch() {
    local dir=$1 user=$2 bin=$3 epmd=$4 environment prefix
    set_prefix "$user"
    rabbitmq_environment "$dir"
    # It must listen first, or the node starts another one that nobody ends.
    process_gone "$dir/epmd" && launch "$dir/epmd" "$dir/log" "${prefix[@]}" "${environment[@]}" "$epmd"
    wait_until 10 rabbitmq_epmd_settled "$dir" || return 0
    # With input "allowed" the script becomes the node instead of watching over it, so that the id is the node's own.
    launch "$dir/process" "$dir/log" "${prefix[@]}" "${environment[@]}" RABBITMQ_ALLOW_INPUT=true "$bin/rabbitmq-server" -noinput
}

# Fills the array `environment` with what makes RabbitMQ's programs speak of this node, and keep out of /etc and /var.
rabbitmq_environment() {
    local files amqp dist epmd
    files=$(files_of "$1")
    read -r amqp dist epmd <"$1/ports"
    environment=("HOME=$files" "ERL_EPMD_PORT=$epmd" ERL_EPMD_ADDRESS=127.0.0.1
        RABBITMQ_NODENAME=munadi@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 "RABBITMQ_NODE_PORT=$amqp" "RABBITMQ_DIST_PORT=$dist"
        "RABBITMQ_MNESIA_BASE=$files/nodes" "RABBITMQ_LOG_BASE=$files/logs" "RABBITMQ_SCHEMA_DIR=$files/schema"
        "RABBITMQ_GENERATED_CONFIG_DIR=$files/config" "RABBITMQ_CONFIG_FILE=$files/rabbitmq.conf" "RABBITMQ_CONFIG_FILES=$files/none"
        "RABBITMQ_ADVANCED_CONFIG_FILE=$files/none.config" "RABBITMQ_CONF_ENV_FILE=$files/none.env"
        "RABBITMQ_ENABLED_PLUGINS_FILE=$files/enabled_plugins" RABBITMQ_SCHEDULER_BIND_TYPE=u
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}"
        "RABBITMQ_CTL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}")
}

rabbitmq_epmd_settled() {
    local epmd
    read -r _ _ epmd <"$1/ports"
    process_gone "$1/epmd" || port_answers "$epmd"
}

# Waits until it lets us in (0) or cannot any more: it may be on its way down.
rabbitmq_answers() { wait_until "$rabbitmq_patience" rabbitmq_settled "$1" && rabbitmq_running "$1"; }

# It lets us in, or it will never do so.
rabbitmq_settled() {
    process_gone "$1/process" || amqp_login "$(rabbitmq_port "$1")" munadi "$(<"$1/password")" >/dev/null
}

rabbitmq_stop() {
    end_process "$1/process" TERM 30
    end_process "$1/epmd" TERM 5
}

rabbitmq_kill9() { kill_process "$1/process"; }

# rabbitmq_control DIR ARGUMENT…: rabbitmqctl, for a look into the node.
rabbitmq_control() {
    local dir=$1 environment prefix
    shift
    set_prefix "$(service_user rabbitmq)"
    rabbitmq_environment "$dir"
    (cd / && "${prefix[@]}" "${environment[@]}" "$(rabbitmq_bin)/rabbitmqctl" "$@")
}
