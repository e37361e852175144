# shellcheck shell=bash
# A command that starts things, waits, and leaves nothing behind however it ends. The scripts define `tidy_up`, which is called
# once, after the running child was ended. session_folder is where process ids are kept.

child="" has_services="" hurry="" session_folder=""

# begin_session: from here on the script ends in order.
begin_session() {
    trap end_session EXIT
    trap 'on_signal 130' INT
    trap 'on_signal 143' TERM
    trap 'on_signal 129' HUP
}

on_signal() {
    later_signals
    # shellcheck disable=SC2034 # read by wait_until
    stop_asked=1
    [ -z "$has_services" ] || say "stopping (Ctrl-C again to hurry)"
    exit "$1"
}

# A closing terminal sends more than one signal, and whoever read what we say may have ended by the same one.
later_signals() {
    trap '' HUP PIPE
    trap 'hurry=1' INT TERM
}

end_session() {
    local code=$?
    set +e
    later_signals
    stop_child
    # From here on a signal would only leave something behind.
    trap '' INT TERM
    tidy_up "$code"
    exit "$code"
}

# run_child COMMAND…: waits for it in a way that a signal can interrupt. In its own group, so that Ctrl-C comes to us first.
run_child() {
    own_group "$@"
    wait_for_child $!
}

# run_in_front COMMAND…: the same, for a command that may ask the person something.
run_in_front() {
    (trap - INT && exec "$@") <&0 &
    wait_for_child $!
}

wait_for_child() {
    local code=0
    child=$1
    wait "$child" || code=$?
    child=""
    return "$code"
}

stop_child() {
    [ -n "$child" ] || return 0
    remember_process "$session_folder/child" "$child"
    kill -TERM -- "-$child" 2>/dev/null || kill -TERM "$child" 2>/dev/null
    stop_asked="" wait_until 40 child_settled
    process_gone "$session_folder/child" || kill -KILL -- "-$child" 2>/dev/null || kill -KILL "$child" 2>/dev/null
    wait "$child" 2>/dev/null
    rm -f "$session_folder/child"
}

child_settled() { [ -n "$hurry" ] || process_gone "$session_folder/child"; }
