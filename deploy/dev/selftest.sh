#!/usr/bin/env bash
# Tries ./run and services.sh for real, with a stand-in for the executable: what they start, keep, refuse and leave behind.
# Ends with "N passed, N failed". Takes about two minutes.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
services=$root/deploy/dev/services.sh
# Spaces, and a path longer than a socket's may be.
base=$(mktemp -d "${TMPDIR:-/tmp}/munadi selftest.XXXXXX")
chmod 711 "$base"
work="$base/a folder with spaces/and-a-name-which-is-long-enough-that-no-socket-of-any-server-could-ever-be-put-in-it"
mkdir -p "$work"
state="$work/state"
unset DATABASE_URL AMQP_URL MUNADI_CONFIG
passed=0 failed=0 runner="" sleeper=""
# The machine's own servers, if there are any, are none of this test's business.
export MUNADI_PRIVATE_SERVICES=1

abandon() {
    [ -z "$runner" ] || { kill -TERM "$runner" && wait "$runner"; }
    [ -z "$sleeper" ] || kill "$sleeper"
    for instance in "$work"/pg "$work"/mq "$work"/listener; do
        [ ! -e "$instance/superuser-password" ] || "$services" remove postgres "$instance"
        [ ! -e "$instance/ports" ] || "$services" remove rabbitmq "$instance"
    done
    exit 143
} >/dev/null 2>&1
trap abandon INT TERM HUP

cat >"$base/munadi" <<'STANDIN'
#!/usr/bin/env bash
echo "did $*"
case $1 in
serve)
    trap 'echo "served to the end"; exit 0' TERM
    echo "serving with ${DATABASE_URL:?} ${AMQP_URL:?} ${MUNADI_DATA:?}"
    while :; do sleep 0.1; done
    ;;
fail) exit 7 ;;
ask) read -r answer && echo "heard $answer" ;;
esac
STANDIN
chmod +x "$base/munadi"

check() {
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1)) && echo "ok      $what"
    else
        failed=$((failed + 1)) && echo "FAILED  $what"
        sed 's/^/        | /' "$work/out" 2>/dev/null
    fi
}

settings=("MUNADI_BIN=$base/munadi" "MUNADI_DATA=$state")

munadi_run() { env "${settings[@]}" "MUNADI_PORT=${port:-39731}" "$root/run" "$@"; }

# What runs in the background of a script is deaf to Ctrl-C, and so is all that it starts, unless it is told otherwise.
hearing=(env)
if env --default-signal=INT true 2>/dev/null; then hearing=(env --default-signal=INT); fi

start_runner() {
    : >"$work/out"
    set -m
    "${hearing[@]}" "${settings[@]}" MUNADI_PORT=39731 "$root/run" >"$work/out" 2>&1 </dev/null &
    runner=$!
    set +m
}

# within SECONDS COMMAND…
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

said() { grep -q -- "$1" "$work/out"; }

serves() { said '^serving with' || ! kill -0 "$runner" 2>/dev/null; }

ends_with() {
    local code=0
    wait "$runner" || code=$?
    runner=""
    [ "$code" = "$1" ]
}

answers_with() {
    local expected=$1 code=0
    shift
    munadi_run "$@" >"$work/out" 2>&1 </dev/null || code=$?
    [ "$code" = "$expected" ]
}

# No process but this one knows the folder.
nothing_left() {
    local process
    for process in /proc/[0-9]*; do
        [ "$process" != "/proc/$$" ] || continue
        cat "$process/cmdline" "$process/environ" 2>/dev/null | tr '\0' '\n' | grep -qF "$work" && return 1
    done
    return 0
}

query() { "$services" psql "$1" -At -c "$2" 2>/dev/null; }

same() { [ "$1" = "$2" ] || { echo "        | '$1' is not '$2'"; return 1; }; }

test_instances() {
    local first again
    first=$("$services" start postgres "$work/pg" --throwaway 2>"$work/out")
    check "PostgreSQL starts in a deep folder with spaces" test -n "$first"
    query "$work/pg" "create table kept (n int); insert into kept values (42)" >/dev/null
    "$services" kill9 postgres "$work/pg"
    check "PostgreSQL is gone after kill9" test "$("$services" status postgres "$work/pg" && echo up)" = ""
    again=$("$services" start postgres "$work/pg" 2>"$work/out")
    check "it comes back at the same address" same "$again" "$first"
    check "and has kept what was committed" same "$(query "$work/pg" 'select n from kept')" 42

    sleep 1000 &
    sleeper=$!
    first=$("$services" start rabbitmq "$work/mq" --with-process "$sleeper" 2>"$work/out")
    check "RabbitMQ starts there" test -n "$first"
    "$services" kill9 rabbitmq "$work/mq"
    again=$("$services" start rabbitmq "$work/mq" 2>"$work/out")
    check "it comes back at the same address after kill9" same "$again" "$first"
    kill "$sleeper"
    wait "$sleeper" 2>/dev/null
    sleeper=""
    check "it ends with the process it was tied to" within 20 test ! -e "$work/mq/process"
    "$services" remove postgres "$work/pg"
    "$services" remove rabbitmq "$work/mq"
    check "nothing is left of either" nothing_left
    check "and no folder" test ! -e "$work/pg" -a ! -e "$work/mq"
}

test_run() {
    start_runner
    within 120 serves
    check "./run serves" said '^serving with'
    check "after migrating, keys and the demonstration" same "$(sed -n 's/^did //p' "$work/out" | tr '\n' ';')" "migrate;keys init;demo fill;serve --demo;"
    cp "$work/out" "$work/first"
    check "a second ./run is refused" answers_with 1
    check "and names the first" said "process $runner"
    check "another command uses the services that run" answers_with 0 doctor
    check "and gives back its exit code" answers_with 7 fail
    check "a command may ask" same "$(echo word | munadi_run ask 2>/dev/null | tail -n 1)" "heard word"
    check "reset is refused while it runs" answers_with 1 reset --yes
    check "the first has not felt any of these" test -e "$state/serve" -a -e "$state/watcher" -a -e "$state/lock"
    query "$state/postgres" "create table kept (n int); insert into kept values (7)" >/dev/null
    cp "$work/first" "$work/out"
    kill -INT "$runner"
    check "Ctrl-C ends it with 130" ends_with 130
    check "nothing is left after Ctrl-C" nothing_left
}

test_second_run() {
    start_runner
    within 120 serves
    check "a later ./run has lost nothing" same "$(query "$state/postgres" 'select n from kept')" 7
    kill -TERM "$runner"
    check "TERM ends it with 143" ends_with 143
    check "the server was asked to finish first" said '^served to the end'
    check "nothing is left after TERM" nothing_left
}

test_hard_ends() {
    start_runner
    within 120 serves
    kill -KILL "$runner"
    wait "$runner" 2>/dev/null
    runner=""
    check "when ./run itself is killed, everything ends by itself" within 40 nothing_left
    start_runner
    within 5 test -s "$state/postgres/process"
    kill -INT "$runner"
    check "Ctrl-C while services start ends it" ends_with 130
    check "and leaves nothing" nothing_left
    check "a command alone brings its services and takes them away" answers_with 0 doctor
    check "leaving nothing" nothing_left
}

test_refusals() {
    local listener=$work/listener
    "$services" start postgres "$listener" >/dev/null 2>&1
    port=$(<"$listener/port") check "a taken port is refused" answers_with 1
    check "with the name of who has it" said 'taken by postgres'
    "$services" remove postgres "$listener"
    check "reset without a person and without --yes is refused" answers_with 1 reset
    check "reset --yes removes everything" answers_with 0 reset --yes
    check "the folder too" test ! -e "$state"
    mkdir "$state"
    check "reset leaves alone what ./run did not make" answers_with 1 reset --yes
    check "nothing is left at the end" nothing_left
}

test_instances
test_run
test_second_run
test_hard_ends
test_refusals
[ "$failed" -gt 0 ] || rm -rf "$base"
printf '\n%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
