#!/usr/bin/env bash
# Runs the three verifiers over the vectors of api-spec/vectors/notice: official and expired notices must verify; those with a wrong
# signature, algorithm, key or directory must not. The rest break rules that only Munadi has, of which a JOSE library knows nothing.
#
#     PYTHON=python3 run_vectors.sh
#
# Needs `npm ci` in this folder, requirements.txt for $PYTHON, jq and openssl. Prints "N passed, N failed".
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
vectors=$here/../../api-spec/vectors/notice
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# start NAME COMMAND…: runs a verifier in the background.
start() {
    local name=$1
    shift
    "$@" "$work/envelope" "$directory" "$work/root" > "$work/$name.said" 2>&1 &
    running[$name]=$!
}

# Waits for the verifiers of a vector, each of which must exit with the wanted status.
finish() {
    local name status
    for name in "${!running[@]}"; do
        status=0
        wait "${running[$name]}" || status=$?
        if (( status == wanted )); then
            passed=$(( passed + 1 ))
        else
            failed=$(( failed + 1 ))
            echo "$(basename "$vector"): $name exited with $status instead of $wanted: $(cat "$work/$name.said")"
        fi
    done
}

declare -A running
for vector in "$vectors"/*.json; do
    case $(jq -r '.expected.reason // "official"' "$vector") in
        official | expired) wanted=0 ;;
        signature | algorithm | unknown_key | directory) wanted=1 ;;
        *) continue ;;
    esac
    jq -j .envelope "$vector" > "$work/envelope"
    jq .root "$vector" > "$work/root"
    directory=$vectors/$(jq -r .directory "$vector")
    start node node "$here/verify_notice.mjs"
    start python "$python" "$here/verify_notice.py"
    start openssl "$here/verify_notice.sh"
    finish
done
echo "$passed passed, $failed failed"
(( failed == 0 ))
