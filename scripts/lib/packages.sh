# Debian packages, in two ways. Sourced, never run.
#
# - install_packages: from the machine's own suites, as anybody would.
# - unpack_packages: from another suite, unpacked under a prefix of ours. The machine's apt sources, its package
#   database and its libraries stay as they are: apt works on a state of its own under .engine/apt.
# shellcheck shell=bash

MIRROR=${ALIASFRONT_DEBIAN_MIRROR:-http://deb.debian.org/debian}

# can_install: whether this is a Debian machine where we are root.
can_install() {
    [[ $(id -u) == 0 && -r /etc/debian_version ]] && command -v apt-get >/dev/null
}

# install_packages PACKAGE...: installs those that are missing; never upgrades one that is there.
install_packages() {
    local package missing=()
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) == *'ok installed' ]] ||
            missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    can_install || die "missing packages: ${missing[*]} (install them, or run this as root on Debian)"
    say "installing ${missing[*]}"
    apt_quietly update
    DEBIAN_FRONTEND=noninteractive apt_quietly install -y --no-install-recommends --no-upgrade \
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
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $MIRROR $suite main" \
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
    can_install || die "$* can only be unpacked as root on Debian"
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
