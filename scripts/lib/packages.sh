# Debian packages, in two ways. Sourced, never run.
#
# - need: from the machine's own suites, as anybody would.
# - unpack_packages: from another suite, unpacked under a prefix of ours. The machine's apt sources, its package
#   database and its libraries stay as they are: apt works on a state of its own under .engine/apt.
# shellcheck shell=bash

MIRROR=${ALIASFRONT_DEBIAN_MIRROR:-http://deb.debian.org/debian}

# Files that packages bring, for `need`.
# shellcheck disable=SC2034 # used where this is sourced
CERTIFICATES=/etc/ssl/certs/ca-certificates.crt
DEBIAN_KEYS=/usr/share/keyrings/debian-archive-keyring.gpg

# can_install: whether this is a Debian machine, or one of its kin, where we are root.
can_install() {
    [[ $(id -u) == 0 && -r /etc/debian_version ]] && command -v apt-get >/dev/null
}

# need WHAT[=PACKAGE]...: installs the packages of commands and files that are missing; a command without a package
# is in the one of its name. What is there is used, wherever it comes from: nothing is upgraded or removed.
need() {
    local wanted missing=()
    for wanted in "$@"; do
        [[ $wanted == /* && -e ${wanted%%=*} ]] || command -v "${wanted%%=*}" >/dev/null ||
            missing+=("${wanted##*=}")
    done
    ((${#missing[@]})) || return 0
    can_install || die "missing: ${missing[*]} (install them, or run this as root on Debian or Ubuntu)"
    say "installing ${missing[*]}"
    apt_quietly update
    DEBIAN_FRONTEND=noninteractive apt_quietly install -y --no-install-recommends --no-upgrade --no-remove \
        "${missing[@]}"
}

# apt_quietly ARG...: apt-get that shows its output only when it fails.
apt_quietly() {
    local output
    output=$(apt-get -qq -o DPkg::Lock::Timeout=300 "$@" 2>&1) || {
        printf '%s\n' "$output" >&2
        die "apt-get $1 failed"
    }
}

# private_apt SUITE ARCH: prints the path of an apt configuration that knows that one suite and nothing installed.
private_apt() {
    local suite=$1 arch=$2 home=$ENGINE_HOME/apt/$1-$2
    mkdir -p "$home/lists/partial" "$home/cache/archives/partial"
    echo "deb [signed-by=$DEBIAN_KEYS] $MIRROR $suite main" \
        >"$home/sources.list"
    : >"$home/status"
    cat >"$home/apt.conf" <<EOF
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "root";
Dir::Etc::SourceList "$home/sources.list";
Dir::Etc::SourceParts "-";
Dir::Etc::Preferences "-";
Dir::Etc::PreferencesParts "-";
Dir::State::Lists "$home/lists";
Dir::State::status "$home/status";
Dir::Cache "$home/cache";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Retries "3";
EOF
    echo "$home/apt.conf"
}

# unpack_packages SUITE ARCH PREFIX PACKAGE...: unpacks packages of a suite under the prefix, without
# dependencies, scripts or a record in the package database. Done once: a stamp names what is there.
unpack_packages() {
    local suite=$1 arch=$2 prefix=$3 conf work deb stamp
    shift 3
    stamp=$prefix/.unpacked
    [[ -f $stamp && $(<"$stamp") == "$suite $arch $*" ]] && return 0
    can_install || die "$* can only be unpacked as root on Debian or Ubuntu"
    need "$DEBIAN_KEYS=debian-archive-keyring"
    say "unpacking $* from Debian $suite ($arch)"
    conf=$(private_apt "$suite" "$arch")
    APT_CONFIG=$conf apt_quietly update
    work=$(mktemp -d)
    (
        cd "$work" || exit
        APT_CONFIG=$conf apt_quietly download "$@"
    )
    rm -rf "$prefix"
    mkdir -p "$prefix"
    for deb in "$work"/*.deb; do
        dpkg-deb -x "$deb" "$prefix"
    done
    rm -rf "$work"
    echo "$suite $arch $*" >"$stamp"
}
