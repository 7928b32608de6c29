# The local registry. Sourced, never run.
# shellcheck shell=bash

registry_pidfile() { echo "$ENGINE_HOME/registry/registry.pid"; }

registry_program() { echo "$ENGINE_HOME/registry/root/usr/bin/docker-registry"; }

registry_answers() { curl -fsS -m 5 "http://$REGISTRY/v2/"; }

# start_registry: starts a registry on $REGISTRY unless one answers there.
start_registry() {
    local home=$ENGINE_HOME/registry
    install_packages curl ca-certificates
    registry_answers >/dev/null 2>&1 && return 0
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
    start_detached "$(registry_pidfile)" "$home/registry.log" \
        "$(registry_program)" serve "$home/config.yml"
    wait_for 30 "the registry (log: $home/registry.log)" registry_answers
}
