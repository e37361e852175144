#!/usr/bin/env bash
# Verifies the log's signature of the checkpoint in a folder with openssl.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
vkey=$(<"$1/log.vkey")
name=${vkey%%+*}
rest=${vkey#*+}

# RFC 8410: what comes before the 32 bytes of an Ed25519 key in DER. The vkey's first byte is its type.
{
    printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'
    base64 -d <<<"${rest#*+}" | tail -c +2
} >"$work/key.der"
# The text with its last line break, without the blank line.
sed '/^$/,$d' "$1/checkpoint" >"$work/text"
# The first four bytes are the key's id.
awk -v name="$name" '$1 == "—" && $2 == name { print $3 }' "$1/checkpoint" | base64 -d >"$work/line"
[ "$(head -c 4 "$work/line" | od -An -tx1 | tr -d ' \n')" = "${rest%%+*}" ] || { echo "bad: another key id" && exit 1; }
tail -c +5 "$work/line" >"$work/signature"

openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$work/key.der" -in "$work/text" -sigfile "$work/signature" >&2 ||
    { echo "bad: the signature" && exit 1; }
echo "good: $(sed -n 2p "$work/text") entries"
