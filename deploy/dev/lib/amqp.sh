# shellcheck shell=bash
# Just enough AMQP 0-9-1 to log in: the only proof that a broker is there, is ready and lets us in, and that without waiting
# for a second Erlang machine to start.

# amqp_login PORT USER PASSWORD: 0 when a broker on this machine opens the virtual host "/" for that user. Prints its version.
amqp_login() { (amqp_dialog "$@") 2>/dev/null; }

# Each step checks its outcome itself: the shell's "exit on error" is off wherever a caller asks "is it ready?".
amqp_dialog() {
    local LC_ALL=C start tune
    exec 7<>"/dev/tcp/127.0.0.1/$1" || return 1
    printf 'AMQP\x00\x00\x09\x01' >&7 || return 1
    start=$(amqp_read 000a000a) || return 1
    amqp_send "000a000b00000000$(amqp_short PLAIN)$(amqp_long "00$(to_hex "$2")00$(to_hex "$3")")$(amqp_short en_US)" || return 1
    tune=$(amqp_read 000a001e) || return 1
    amqp_send "000a001f${tune:0:16}" && amqp_send "000a0028$(amqp_short /)0000" || return 1
    amqp_read 000a0029 >/dev/null || return 1
    amqp_send "000a003200c8$(amqp_short bye)00000000" && amqp_read 000a0033 >/dev/null
    broker_version "$start"
}

# amqp_read METHOD: the arguments of the next frame, in hexadecimal; fails when it is another method.
amqp_read() {
    local head size body
    head=$(read_hex 7) || return 1
    size=$((16#${head:6:8}))
    [ "$size" -ge 4 ] && [ "$size" -le 65536 ] || return 1
    body=$(read_hex $((size + 1))) || return 1
    [ "${body:0:8}" = "$1" ] || return 1
    body=${body:8}
    printf '%s\n' "${body%ce}"
}

# read_hex COUNT: so many bytes from the broker, in hexadecimal.
read_hex() {
    local count=$1 byte code text=""
    while [ "$count" -gt 0 ]; do
        IFS= read -r -d '' -n 1 -t 5 -u 7 byte || return 1
        # The shell gives a zero byte as no text, and one above 127 as a negative number.
        code=0
        [ -z "$byte" ] || printf -v code '%d' "'$byte"
        printf -v code '%02x' $((code & 255))
        text+=$code count=$((count - 1))
    done
    printf '%s\n' "$text"
}

# amqp_send PAYLOAD: one method frame on channel 0.
amqp_send() {
    local frame
    frame="010000$(printf '%08x' $((${#1} / 2)))$1ce"
    # shellcheck disable=SC2059 # the format is the data: escapes only
    printf "$(printf '%s' "$frame" | sed 's/../\\x&/g')" >&7
}

amqp_short() { printf '%02x%s' "${#1}" "$(to_hex "$1")"; }

amqp_long() { printf '%08x%s' $((${#1} / 2)) "$1"; }

to_hex() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }

# The broker's greeting names its version: the key, the letter S, four bytes of length, the text.
broker_version() {
    local rest length
    rest=${1#*07"$(to_hex version)"53}
    [ "$rest" != "$1" ] || return 0
    length=$((16#${rest:0:8}))
    # shellcheck disable=SC2059 # the format is the data: escapes only
    printf "$(printf '%s' "${rest:8:length*2}" | sed 's/../\\x&/g')\n"
}
