# shellcheck shell=bash
# Where a private server keeps its files, and as which user it runs. DIR belongs to whoever runs the script and holds what
# the script needs (process ids, ports, passwords); DIR/files belongs to the server's user.

# service_user NAME: as which user a server must run: empty for "as we are". PostgreSQL refuses to run as root.
service_user() {
    is_root || return 0
    if id -u "$1" >/dev/null 2>&1; then
        printf '%s\n' "$1"
    else
        printf 'nobody\n'
    fi
}

# set_prefix USER: fills the array `prefix` with the command that makes a command run as that user.
set_prefix() {
    prefix=(env)
    [ -n "$1" ] || return 0
    have setpriv || fail "as root, the private servers need the command setpriv to run as an ordinary user; run this as an ordinary user instead"
    prefix=(setpriv "--reuid=$1" "--regid=$(id -g "$1")" --init-groups -- env)
}

as_user() {
    local user=$1 prefix
    shift
    set_prefix "$user"
    "${prefix[@]}" "$@"
}

# write_as USER FILE: keeps standard input in a file that only that user can read.
write_as() {
    # shellcheck disable=SC2016 # for the inner shell
    as_user "$1" sh -c 'umask 077 && cat >"$1"' sh "$2"
}

# make_files DIR USER: makes DIR/files for that user, and elsewhere when the user cannot get there.
make_files() {
    local dir=$1 user=$2 elsewhere
    mkdir -p "$dir"
    # Root's servers run as another user, who must be able to pass.
    if [ -n "$user" ]; then chmod 711 "$dir"; else chmod 700 "$dir"; fi
    [ -d "$dir/files" ] && return 0
    rm -f "$dir/files"
    mkdir -m 700 "$dir/files"
    [ -z "$user" ] || chown "$user" "$dir/files"
    usable_folder "$dir/files" "$user" && return 0
    rmdir "$dir/files"
    elsewhere=$(mktemp -d /var/tmp/munadi.XXXXXX)
    [ -z "$user" ] || chown "$user" "$elsewhere"
    ln -s "$elsewhere" "$dir/files"
    say "the user ${user:-$(id -un)} cannot keep files in $dir, so they are in $elsewhere"
}

# files_of DIR: where the server finds its files, without passing a folder that its user cannot enter.
files_of() { readlink "$1/files" || printf '%s\n' "$1/files"; }

# PostgreSQL asks for a folder that nobody else can read, which some mounted file systems cannot give.
usable_folder() {
    (cd / && as_user "$2" test -w "$1") 2>/dev/null || return 1
    case $(ls -ld "$1") in drwx------*) ;; *) return 1 ;; esac
}

# remove_files DIR: removes an instance whose server was stopped.
remove_files() {
    local target
    if [ -L "$1/files" ]; then
        target=$(readlink "$1/files")
        case $target in /var/tmp/munadi.??????) rm -rf "$target" ;; esac
    fi
    rm -rf "$1"
}
