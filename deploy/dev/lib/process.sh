# shellcheck shell=bash
# Starting processes that outlive a command and ending exactly those again. A process is known by its id together with its
# birth, so that an id which the system gave to somebody else meanwhile is never touched.

# When a process was born, in a form that is good only for comparing; empty when there is no such process.
process_birth() {
    local stat
    if [ -r /proc/self/stat ]; then
        { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
        [ -n "$stat" ] || return 0
        # The name in parentheses may contain anything: count fields from its end. A zombie has ended.
        # shellcheck disable=SC2086 # to split it is the purpose
        set -- ${stat##*) }
        [ "$1" = Z ] || printf '%s\n' "${20}"
    else
        ps -o lstart= -p "$1" 2>/dev/null | tr -s ' ' '_' || true
    fi
}

# remember_process FILE PID
remember_process() { printf '%s %s\n' "$2" "$(process_birth "$2")" >"$1"; }

# living_process FILE: prints the id of the remembered process if it lives, else 1.
living_process() {
    local pid birth
    { read -r pid birth <"$1"; } 2>/dev/null || return 1
    [ -n "$birth" ] && [ "$(process_birth "$pid")" = "$birth" ] && printf '%s\n' "$pid"
}

process_gone() { ! living_process "$1" >/dev/null; }

# Every process whose parent is PID.
children_of() {
    local stat
    if [ ! -r /proc/self/stat ]; then
        ps -A -o pid= -o ppid= | awk -v parent="$1" '$2 == parent { print $1 }'
        return
    fi
    for stat in /proc/[0-9]*/stat; do
        { read -r stat <"$stat"; } 2>/dev/null || continue
        case ${stat##*) } in
        [A-Z]" $1 "*) printf '%s\n' "${stat%% *}" ;;
        esac
    done
}

# own_group COMMAND…: runs it in the background in a process group of its own, so that Ctrl-C in the terminal does not
# reach it and the order of stopping stays ours. Its id is in $!.
own_group() {
    set -m
    "$@" &
    set +m
}

# launch FILE LOG COMMAND…: starts a server, and remembers it in FILE.
launch() {
    local file=$1 log=$2
    shift 2
    rm -f "$file"
    own_group keep "$file" "$log" "$@"
    until [ -s "$file" ]; do
        sleep 0.02
    done
}

# Stays as the server's parent. Where nothing collects orphans, as in many a container, a killed server would otherwise
# stay in the process table, and PostgreSQL would not start again beside it. The folder we are in may be one that the
# server's user cannot enter.
keep() {
    local file=$1 log=$2
    shift 2
    let_go "$log"
    "$@" &
    remember_process "$file" $!
    wait $!
}

# tie_to_process OWNER DIR SERVICE FOLDER [SERVICE FOLDER]…: leaves a watcher behind, known by DIR/watcher, which stops these
# services after the process OWNER has ended, however it ended. Each service has a function NAME_stop.
tie_to_process() {
    local owner=$1 dir=$2
    shift 2
    remember_process "$dir/owner" "$owner"
    own_group watch_owner "$owner" "$(process_birth "$owner")" "$dir" "$@"
    remember_process "$dir/watcher" $!
}

watch_owner() {
    local owner=$1 birth=$2 dir=$3
    shift 3
    let_go /dev/null
    until is_not_born "$owner" "$birth"; do
        sleep 1
    done
    while [ $# -gt 0 ]; do
        "$1_stop" "$2"
        shift 2
    done
    rm -f "$dir/watcher" "$dir/owner"
}

# let_go LOG: drops what ties this process to the caller: the folder, and the streams, whose end somebody may be waiting for.
let_go() {
    exec </dev/null >>"$1" 2>&1
    cd /
}

untie() {
    end_process "$1/watcher" TERM 5
    rm -f "$1/owner"
}

# end_process FILE SIGNAL SECONDS: asks the remembered process to end, and kills it when it has not after that time.
end_process() {
    local pid
    if pid=$(living_process "$1"); then
        kill -s "$2" "$pid" 2>/dev/null || true
        stop_asked="" wait_until "$3" process_gone "$1" || kill_process "$1"
    fi
    rm -f "$1"
}

# kill_process FILE: ends the remembered process and its children at once, and returns when they are gone.
kill_process() {
    local pid child children=()
    pid=$(living_process "$1") || return 0
    for child in $(children_of "$pid"); do
        children+=("$child:$(process_birth "$child")")
    done
    kill -KILL "$pid" 2>/dev/null || true
    stop_asked="" wait_until 10 process_gone "$1" || return 1
    for child in ${children[@]+"${children[@]}"}; do
        [ "$(process_birth "${child%%:*}")" = "${child#*:}" ] && kill -KILL "${child%%:*}" 2>/dev/null
    done
    for child in ${children[@]+"${children[@]}"}; do
        stop_asked="" wait_until 10 is_not_born "${child%%:*}" "${child#*:}" || return 1
    done
}

is_not_born() { [ "$(process_birth "$1")" != "$2" ]; }
