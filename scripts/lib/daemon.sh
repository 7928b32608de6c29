# The two Docker engines. Sourced, never run.
#
# `new` is the machine's own engine where one works; otherwise Debian testing's, with the containerd image store.
# `old` is Debian stable's, the oldest that is supported, with the classic image store.
# Each has its own programs, data, socket and bridge, so both run side by side.
# shellcheck shell=bash

# engine_programs NAME: the folder with an engine's own programs.
engine_programs() { echo "$ENGINE_HOME/$1/root"; }
engine_socket() { echo "$ENGINE_RUN/$1/docker.sock"; }
engine_pidfile() { echo "$ENGINE_HOME/$1/dockerd.pid"; }

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

# own_docker NAME ARG...: the client of one of our engines.
own_docker() {
    local name=$1
    shift
    DOCKER_HOST=unix://$(engine_socket "$name") DOCKER_CONFIG=$ENGINE_HOME/$name/config \
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
    arch=$(dpkg --print-architecture)
    case $name in
    new) suite=testing ;;
    old) suite=stable ;;
    esac
    install_packages runc iptables iproute2 ca-certificates curl git
    unpack_packages "$suite" "$arch" "$(engine_programs "$name")" docker.io docker-cli docker-buildx docker-compose containerd
    mkdir -p "$ENGINE_HOME/$name/config"
    printf '{"cliPluginsExtraDirs":["%s/usr/libexec/docker/cli-plugins","%s/usr/lib/docker/cli-plugins"]}\n' \
        "$(engine_programs "$name")" "$(engine_programs "$name")" >"$ENGINE_HOME/$name/config/config.json"
}

# own_bridge NAME SUBNET_ADDRESS: a bridge for the engine that can't have docker0.
own_bridge() {
    ip link show "$1" >/dev/null 2>&1 || ip link add "$1" type bridge
    [[ $(ip -4 addr show dev "$1") == *" $2 "* ]] || ip addr add "$2" dev "$1"
    ip link set "$1" up
}

# start_engine NAME: starts one of our engines unless it is up, and waits until it answers.
start_engine() {
    local name=$1 home=$ENGINE_HOME/$1 run=$ENGINE_RUN/$1 snapshotter network
    unpack_engine "$name"
    engine_answers "$name" && return 0
    if is_running "$(engine_pidfile "$name")"; then
        wait_for 60 "the $name engine" engine_answers "$name"
        return 0
    fi
    case $name in
    new)
        snapshotter=true
        network='"bip": "172.30.0.1/24"'
        ;;
    old)
        snapshotter=false
        own_bridge afront-old 172.30.1.1/24
        network='"bridge": "afront-old", "iptables": false, "ip6tables": false'
        ;;
    esac
    mkdir -p "$home" "$run"
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
        "$(engine_programs "$name")/usr/sbin/dockerd" --config-file "$home/daemon.json"
    wait_for 90 "the $name engine (log: $home/dockerd.log)" engine_answers "$name"
}

# describe_engine DOCKER...: one line about an engine that is up.
describe_engine() {
    "$@" info --format '{{.ServerVersion}}, {{.Driver}}, {{.Architecture}}, data in {{.DockerRootDir}}'
}
