# shellcheck shell=bash
# Installing what is missing, with the system's own package manager.

package_manager() {
    local manager
    for manager in apt-get dnf brew; do
        have "$manager" && printf '%s\n' "$manager" && return
    done
    return 1
}

# package_names MANAGER THING: what the thing is called there.
package_names() {
    case $1:$2 in
    apt-get:postgres) echo postgresql ;;
    dnf:postgres) echo postgresql-server ;;
    brew:postgres) echo postgresql@17 ;;
    brew:rabbitmq) echo rabbitmq ;;
    *:rabbitmq) echo rabbitmq-server ;;
    apt-get:compiler) echo build-essential ;;
    dnf:compiler) echo gcc gcc-c++ make ;;
    apt-get:python) echo python3-venv ;;
    dnf:python) echo python3 python3-pip ;;
    brew:python) echo python3 ;;
    brew:node) echo node ;;
    *:node) echo nodejs npm ;;
    *:openssl) echo openssl ;;
    *:jq) echo jq ;;
    *:browser) echo chromium ;;
    apt-get:firefox) echo firefox-esr ;;
    *:firefox) echo firefox ;;
    apt-get:fonts) echo fontconfig fonts-noto-core ;;
    dnf:fonts) echo fontconfig google-noto-sans-devanagari-fonts ;;
    apt-get:openssl-dev) echo libssl-dev pkg-config ;;
    dnf:openssl-dev) echo openssl-devel pkgconf-pkg-config ;;
    brew:openssl-dev) echo openssl@3 pkgconf ;;
    dnf:shellcheck) echo ShellCheck ;;
    *:shellcheck) echo shellcheck ;;
    esac
}

# browser_bin: prints where Chromium is, CHROMIUM if that names one.
browser_bin() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome \
        "/Applications/Chromium.app/Contents/MacOS/Chromium" "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
        [ -n "$name" ] && command -v "$name" && return
    done
    return 1
}

# firefox_bin: prints where Firefox is, FIREFOX if that names one.
firefox_bin() {
    local name
    for name in "${FIREFOX:-}" firefox-esr firefox /Applications/Firefox.app/Contents/MacOS/firefox; do
        [ -n "$name" ] && command -v "$name" && return
    done
    return 1
}

# install_things LOG THING…: 0 when the package manager says that all are installed.
install_things() {
    local log=$1 manager thing names=() rights=(env)
    shift
    manager=$(package_manager) || return 1
    for thing in "$@"; do
        # shellcheck disable=SC2207 # package names have no spaces
        names+=($(package_names "$manager" "$thing"))
    done
    [ "${#names[@]}" -gt 0 ] || return 1
    if [ "$manager" != brew ] && ! is_root; then
        may_ask_for_rights || return 1
        rights=(sudo env)
        say "installing packages needs administrator's rights: sudo may ask for your password, to run $manager install ${names[*]}"
    fi
    say "installing ${names[*]} with $manager (details in $log)"
    run_package_manager "$manager" >"$log" 2>&1 && return 0
    show_log_end "$log"
    return 1
}

may_ask_for_rights() { have sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }

# Reads `names` and `rights` of its caller.
run_package_manager() {
    case $1 in
    apt-get)
        "${rights[@]}" apt-get -o DPkg::Lock::Timeout=300 update ||
            say "the package lists could not be brought up to date; going on with the old ones"
        "${rights[@]}" DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${names[@]}"
        ;;
    dnf) "${rights[@]}" dnf install -y "${names[@]}" ;;
    brew) brew install "${names[@]}" ;;
    esac
}

# version_at_least HAVE WANT, by the first two numbers of each.
version_at_least() {
    local -a numbers
    # shellcheck disable=SC2207 # to split them is the purpose
    numbers=($(printf '%s\n%s\n' "$1" "$2" | sed 's/^[^0-9]*\([0-9]*\)\.\{0,1\}\([0-9]*\).*/\1 \2/; s/ $/ 0/'))
    [ "${#numbers[@]}" = 4 ] || return 1
    [ "${numbers[0]}" -gt "${numbers[2]}" ] ||
        { [ "${numbers[0]}" -eq "${numbers[2]}" ] && [ "${numbers[1]}" -ge "${numbers[3]}" ]; }
}

# offers_version THING VERSION: whether installing would give at least that version. Only Debian's older relatives need asking.
offers_version() {
    have apt-cache || return 0
    local name candidate
    name=$(package_names apt-get "$1")
    candidate=$(apt-cache policy "$name" 2>/dev/null | awk '/Candidate:/ { print $2 }')
    case $candidate in "" | "(none)") return 0 ;; esac
    version_at_least "$candidate" "$2"
}
