#!/usr/bin/env bash
# Checks every signature of a notice with nothing but openssl; jq takes the JSON apart.
#
#     verify_notice.sh ENVELOPE.json DIRECTORY.json ROOT.jwk.json
#
# Exit status: 0 if all is good, 1 if anything is not, 2 if the arguments are wrong. This knows ECDSA, not Munadi's own rules: who
# must sign, in which role and when; nor RFC 8785.
set -euo pipefail

bad() {
    echo "bad: $1" >&2
    exit 1
}

# The bytes of a base64url text.
from_base64url() {
    local text=${1//-/+}
    text=${text//_/\/}
    while (( ${#text} % 4 )); do text+='='; done
    printf '%s' "$text" | openssl base64 -d -A
}

hex_of_base64url() {
    from_base64url "$1" | od -An -v -tx1 | tr -d ' \n'
}

# write_public_key X Y: the coordinates of a JWK as a key that openssl reads. The prefix is the DER of a SubjectPublicKeyInfo for
# P-256 up to the point (RFC 5480).
write_public_key() {
    local der
    der=3059301306072a8648ce3d020106082a8648ce3d03010703420004$(hex_of_base64url "$1")$(hex_of_base64url "$2")
    printf '%b' "$(sed 's/../\\x&/g' <<< "$der")" > "$work/key.der"
}

# JOSE writes r and s side by side (RFC 7518 §3.4); openssl wants them in DER (RFC 3279 §2.2.3).
write_signature() {
    local hex
    hex=$(hex_of_base64url "$1")
    [[ ${#hex} == 128 ]] || bad "a signature has $(( ${#hex} / 2 )) bytes instead of 64"
    printf 'asn1=SEQUENCE:pair\n[pair]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "${hex:0:64}" "${hex:64}" > "$work/pair.cnf"
    openssl asn1parse -genconf "$work/pair.cnf" -noout -out "$work/signature.der"
}

# verify PROTECTED PAYLOAD SIGNATURE, with the key in key.der
verify() {
    write_signature "$3"
    printf '%s.%s' "$1" "$2" |
        openssl dgst -sha256 -verify "$work/key.der" -keyform DER -signature "$work/signature.der" > /dev/null 2>&1 ||
        bad "a signature does not verify"
}

# read_header PROTECTED TYP: checks what kind of signature it is, and gives the key's name and the role.
read_header() {
    from_base64url "$1" |
        jq -er --arg typ "$2" 'select(.alg == "ES256" and .typ == $typ) | "\(.kid) \(.role)"' ||
        bad "the algorithm is not ES256, or typ is not $2"
}

if (( $# != 3 )); then
    echo "usage: verify_notice.sh ENVELOPE.json DIRECTORY.json ROOT.jwk.json" >&2
    exit 2
fi
envelope=$1 directory=$2 root=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2046 # the words are the two coordinates
write_public_key $(jq -r '.x, .y' "$root")
IFS=$'\t' read -r protected listed signature < <(jq -r '[.protected, .payload, .signature] | @tsv' "$directory")
read_header "$protected" munadi-keys+jws > /dev/null
verify "$protected" "$listed" "$signature"
from_base64url "$listed" | jq -r '.keys[] | "\(.kid) \(.jwk.x) \(.jwk.y)"' > "$work/keys"

payload=$(jq -r .payload "$envelope")
jq -r '.signatures[] | [.protected, .signature] | @tsv' "$envelope" > "$work/signatures"
[[ -s "$work/signatures" ]] || bad "there is no signature"
while IFS=$'\t' read -r protected signature; do
    header=$(read_header "$protected" notice+jws)
    read -r kid role <<< "$header"
    read -r _ x y < <(awk -v kid="$kid" '$1 == kid' "$work/keys") || bad "the key $kid is not in the directory"
    write_public_key "$x" "$y"
    verify "$protected" "$payload" "$signature"
    echo "good: $role $kid"
done < "$work/signatures"
