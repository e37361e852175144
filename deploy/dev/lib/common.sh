# shellcheck shell=bash
# Words, waiting, ports and locks. Everything that a person reads goes to the error stream, so that the output stream stays
# free for `KEY=value` lines and for the executable's own output. Works with bash 3.2 (macOS) and later.

# The terminal may be gone already; that is no reason to stop half-way.
say() { printf 'munadi: %s\n' "$*" >&2 || true; }

fail() {
    say "$*"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

is_root() { [ "$(id -u)" = 0 ]; }

# A secret of 32 hexadecimal digits.
random_hex() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# Set to 1 by a signal handler: every wait in progress then gives up, so that a start can be abandoned at a safe point.
stop_asked=""

# wait_until SECONDS COMMAND…: tries until the command succeeds (0), the time is over or a stop is asked (1).
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ -z "$stop_asked" ] && [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

port_answers() { (exec 3<>"/dev/tcp/${2:-127.0.0.1}/$1") 2>/dev/null; }

# A free loopback port, below the range from which outgoing connections take theirs.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        port_answers "$port" || break
    done
    printf '%s\n' "$port"
}

# who_listens PORT: the name and the id of the process behind a port, as far as this user may know it.
who_listens() {
    local found=""
    if have lsof; then
        found=$(lsof -nP -iTCP:"$1" -sTCP:LISTEN -F pc 2>/dev/null |
            awk '/^p/ { pid = substr($0, 2) } /^c/ { print substr($0, 2) " (process " pid ")"; exit }') || true
    fi
    if [ -z "$found" ] && have ss; then
        found=$(ss -Hltnp "sport = :$1" 2>/dev/null |
            sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1 (process \2)/p' | head -n 1) || true
    fi
    printf '%s\n' "${found:-another process}"
}

# write_secret FILE: keeps standard input in a file that only its owner can read.
write_secret() { (umask 077 && cat >"$1.new" && mv -f "$1.new" "$1"); }

show_log_end() {
    [ -s "$1" ] || return 0
    say "the last lines of $1:"
    tail -n 15 "$1" | sed 's/^/    /' >&2
}

# take_lock FILE: 0 when this process holds the lock now, 1 when a living process (named in lock_holder) does.
take_lock() {
    lock_holder=""
    while ! (set -o noclobber && printf '%s %s\n' "$$" "$(process_birth $$)" >"$1") 2>/dev/null; do
        [ -e "$1" ] || fail "cannot write $1"
        # shellcheck disable=SC2034 # read by the callers
        if lock_holder=$(living_process "$1"); then
            return 1
        fi
        # Only one of several newcomers can move the stale lock away.
        mv "$1" "$1.stale.$$" 2>/dev/null && rm -f "$1.stale.$$"
    done
}
