# The Docker engines. Sourced, never run.
#
# `new` is the machine's own engine where one works; otherwise Debian testing's, with the containerd image store.
# `old` is Debian 13's, the oldest that is supported, with the classic image store.
# `empty` has the programs of `new` and nothing else: it starts without any data, and leaves none.
# Each has its own data, socket and bridge, so all run side by side.
# shellcheck shell=bash

# engine_programs NAME: the folder with an engine's own programs.
engine_programs() { echo "$ENGINE_HOME/${1/#empty/new}/root"; }
engine_config() { echo "$ENGINE_HOME/${1/#empty/new}/config"; }
engine_socket() { echo "$ENGINE_RUN/$1/docker.sock"; }
engine_pidfile() { echo "$ENGINE_HOME/$1/dockerd.pid"; }
engine_daemon() { echo "$(engine_programs "$1")/usr/sbin/dockerd"; }

# The oldest engine whose BuildKit the frontend works with: its major version.
OLDEST_ENGINE=26

# system_docker: prints the first docker on this machine that has buildx and reaches a daemon; fails when none does.
# Every one on PATH is tried, since a client without plugins often hides a whole one.
system_docker() {
    local docker
    while read -r docker; do
        if "$docker" buildx version >/dev/null 2>&1 && "$docker" info >/dev/null 2>&1; then
            echo "$docker"
            return 0
        fi
    done < <({
        type -ap docker
        echo /usr/bin/docker
    } | awk '!seen[$0]++')
    return 1
}

# check_system_docker DOCKER: dies where the machine's own engine is too old.
check_system_docker() {
    local version
    version=$("$1" version --format '{{.Server.Version}}' 2>/dev/null) || version=
    [[ $version =~ ^([0-9]+)\. ]] || die "$1 reaches an engine that doesn't tell its version: is it Docker's?"
    ((BASH_REMATCH[1] >= OLDEST_ENGINE)) ||
        die "the engine that $1 reaches is version $version: Docker Engine $OLDEST_ENGINE.0 or later is needed"
}

# own_docker NAME ARG...: the client of one of our engines.
own_docker() {
    local name=$1
    shift
    env -u DOCKER_CONTEXT DOCKER_HOST="unix://$(engine_socket "$name")" DOCKER_CONFIG="$(engine_config "$name")" \
        "$(engine_programs "$name")/usr/bin/docker" "$@"
}

# engine_answers NAME: whether our engine of that name is up.
engine_answers() {
    [[ -S $(engine_socket "$1") && -x $(engine_programs "$1")/usr/bin/docker ]] && own_docker "$1" info >/dev/null 2>&1
}

# unpack_engine NAME: an engine's programs. Only runc comes from the machine's own suite, as the newer ones ask
# for a newer C library; Docker itself doesn't.
unpack_engine() {
    local name=$1 suite arch
    can_install || die "the $name engine can only be unpacked as root on Debian or Ubuntu"
    arch=$(dpkg --print-architecture)
    case $name in
    new | empty) suite=testing ;;
    # Named, as `stable` is another release every other year.
    old) suite=trixie ;;
    esac
    need runc iptables ip=iproute2 "$CERTIFICATES=ca-certificates" curl git
    unpack_packages "$suite" "$arch" "$(engine_programs "$name")" docker.io docker-cli docker-buildx docker-compose \
        containerd
    mkdir -p "$(engine_config "$name")"
    printf '{"cliPluginsExtraDirs":["%s/usr/libexec/docker/cli-plugins","%s/usr/lib/docker/cli-plugins"]}\n' \
        "$(engine_programs "$name")" "$(engine_programs "$name")" >"$(engine_config "$name")/config.json"
}

# The bridge of an engine that can't have docker0, and the file that says that we made it.
bridge() { echo "afront-$1"; }
bridge_mark() { echo "$ENGINE_HOME/$1/bridge"; }

# own_bridge NAME SUBNET_ADDRESS: makes an engine's bridge unless it is there.
own_bridge() {
    local bridge
    bridge=$(bridge "$1")
    if ! ip link show "$bridge" >/dev/null 2>&1; then
        ip link add "$bridge" type bridge
        : >"$(bridge_mark "$1")"
    fi
    [[ $(ip -4 addr show dev "$bridge") == *" $2 "* ]] || ip addr add "$2" dev "$bridge"
    ip link set "$bridge" up
}

# remove_bridge NAME: removes an engine's bridge if we made it.
remove_bridge() {
    [[ -e $(bridge_mark "$1") ]] || return 0
    ip link delete "$(bridge "$1")" 2>/dev/null || true
    rm -f "$(bridge_mark "$1")"
}

# stop_engine NAME: stops one of our engines. What the empty one has goes with it.
stop_engine() {
    local name=$1
    stop_by_pid "$(engine_pidfile "$name")" "$(engine_daemon "$name")" "the $name engine"
    [[ $name == new ]] || remove_bridge "$name"
    [[ $name != empty ]] || rm -rf --one-file-system "$ENGINE_HOME/empty" "$ENGINE_RUN/empty"
}

# start_engine NAME: starts one of our engines unless it is up, and waits until it answers.
start_engine() {
    local name=$1 home=$ENGINE_HOME/$1 run=$ENGINE_RUN/$1 snapshotter network
    # The programs of an engine that is up stay as they are.
    engine_answers "$name" && return 0
    if is_running "$(engine_pidfile "$name")" "$(engine_daemon "$name")"; then
        wait_for 60 "the $name engine" engine_answers "$name"
        return 0
    fi
    if [[ $name != empty ]] || ! engine_answers new; then
        unpack_engine "$name"
    fi
    mkdir -p "$home" "$run"
    case $name in
    new)
        snapshotter=true
        network='"bip": "172.30.0.1/24"'
        ;;
    old)
        snapshotter=false
        own_bridge old 172.30.1.1/24
        network='"bridge": "'$(bridge old)'", "iptables": false, "ip6tables": false'
        ;;
    empty)
        snapshotter=true
        own_bridge empty 172.30.2.1/24
        network='"bridge": "'$(bridge empty)'", "iptables": false, "ip6tables": false'
        ;;
    esac
    rm -f "$run/dockerd.pid"
    cat >"$home/daemon.json" <<EOF
{
  "data-root": "$home/data",
  "exec-root": "$run/exec",
  "pidfile": "$run/dockerd.pid",
  "hosts": ["unix://$(engine_socket "$name")"],
  "features": {"containerd-snapshotter": $snapshotter},
  "builder": {"gc": {"enabled": true, "defaultKeepStorage": "20GB"}},
  $network
}
EOF
    say "starting the $name engine"
    start_detached "$(engine_pidfile "$name")" "$home/dockerd.log" \
        env PATH="$(engine_programs "$name")/usr/bin:$(engine_programs "$name")/usr/sbin:$PATH" \
        "$(engine_daemon "$name")" --config-file "$home/daemon.json"
    wait_for 90 "the $name engine (log: $home/dockerd.log)" engine_answers "$name"
}

# describe_engine DOCKER...: one line about an engine that is up.
describe_engine() {
    "$@" info --format '{{.ServerVersion}}, {{.Driver}}, {{.Architecture}}, data in {{.DockerRootDir}}'
}
