# The local registry. Sourced, never run.
#
# One that answers is used as it is. Otherwise it is a container where the machine has an engine of its own, and
# Debian's package where it has none, or can't pull the image.
# shellcheck shell=bash

REGISTRY_IMAGE=${ALIASFRONT_REGISTRY_IMAGE:-registry:2}

registry_pidfile() { echo "$ENGINE_HOME/registry/registry.pid"; }
registry_program() { echo "$ENGINE_HOME/registry/root/usr/bin/docker-registry"; }

registry_answers() { curl -fsS -m 5 "http://$REGISTRY/v2/"; }

# registry_containers DOCKER [OPTION...]: the ids of containers that this clone started.
registry_containers() {
    "$1" ps --quiet --no-trunc --filter "label=aliasfront.registry=$ENGINE_HOME" "${@:2}"
}

# start_registry [DOCKER]: starts a registry on $REGISTRY unless one answers there.
start_registry() {
    local docker=${1:-} log=$ENGINE_HOME/registry/registry.log
    need curl
    registry_answers >/dev/null 2>&1 && return 0
    [[ ${REGISTRY%:*} == localhost || ${REGISTRY%:*} == 127.* ]] ||
        die "no registry answers on $REGISTRY, and only one on this machine can be started"
    mkdir -p "${log%/*}"
    if [[ -n $docker ]] && contain_registry "$docker" "$log"; then
        wait_for 30 "the registry, a container of the engine that $docker reaches," registry_answers
    elif [[ -z $docker ]] || can_install; then
        unpack_registry "$log"
        wait_for 30 "the registry (log: $log)" registry_answers
    else
        tail -n 5 "$log" >&2
        die "no registry answers on $REGISTRY, and $docker doesn't start the image $REGISTRY_IMAGE (see above)"
    fi
}

# contain_registry DOCKER LOG: the registry as a container of the machine's own engine.
contain_registry() {
    local docker=$1 log=$2
    remove_registry_container "$docker"
    say "starting the registry on $REGISTRY, from the image $REGISTRY_IMAGE"
    "$docker" run --detach --label "aliasfront.registry=$ENGINE_HOME" --env REGISTRY_STORAGE_DELETE_ENABLED=true \
        --publish "127.0.0.1:${REGISTRY##*:}:5000" "$REGISTRY_IMAGE" >>"$log" 2>&1 && return 0
    # One that can't have its port stays behind as a container that never ran.
    remove_registry_container "$docker"
    return 1
}

# remove_registry_container DOCKER: with all that was pushed to it.
remove_registry_container() {
    local container
    registry_containers "$1" --all 2>/dev/null | while read -r container; do
        "$1" rm --force --volumes "$container" >/dev/null
    done
}

# unpack_registry LOG: the registry from Debian's package.
unpack_registry() {
    local log=$1 home=$ENGINE_HOME/registry
    need dpkg "$CERTIFICATES=ca-certificates"
    unpack_packages testing "$(dpkg --print-architecture)" "$home/root" docker-registry
    mkdir -p "$home/data"
    cat >"$home/config.yml" <<EOF
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: $home/data}
  delete: {enabled: true}
http: {addr: 127.0.0.1:${REGISTRY##*:}}
EOF
    say "starting the registry on $REGISTRY"
    start_detached "$(registry_pidfile)" "$log" "$(registry_program)" serve "$home/config.yml"
}
