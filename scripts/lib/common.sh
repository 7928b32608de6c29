# Shared by every script: where things are, and how a script speaks. Sourced, never run.
# shellcheck shell=bash disable=SC2034

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Everything that the scripts download, start or cache. Safe to delete after `scripts/engine down`.
ENGINE_HOME=${ALIASFRONT_ENGINE_HOME:-$ROOT/.engine}
# Sockets live here and not under the repository: their paths are limited to 107 bytes.
ENGINE_RUN=${ALIASFRONT_ENGINE_RUN:-/run/aliasfront}
REGISTRY=${ALIASFRONT_REGISTRY:-localhost:5000}

say() { printf '==> %s\n' "$*" >&2; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# is_running PIDFILE: whether the process that the file names is alive.
is_running() {
    local pid
    [[ -s $1 ]] && pid=$(<"$1") && [[ $pid =~ ^[0-9]+$ ]] && kill -0 "$pid" 2>/dev/null
}

# wait_for SECONDS WHAT COMMAND...: tries the command until it succeeds.
wait_for() {
    local seconds=$1 what=$2 deadline
    shift 2
    deadline=$((SECONDS + seconds))
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || die "$what did not come up within $seconds s"
        sleep 0.3
    done
}

# start_detached PIDFILE LOGFILE COMMAND...: runs a command in a session of its own.
# It holds neither the terminal nor a descriptor of the caller, so pipes around us end when we do.
start_detached() {
    local pidfile=$1 logfile=$2
    shift 2
    mkdir -p "$(dirname "$pidfile")" "$(dirname "$logfile")"
    # shellcheck disable=SC2016 # the inner shell expands these
    setsid bash -c 'echo $$ >"$0"; exec "$@"' "$pidfile" "$@" </dev/null >>"$logfile" 2>&1 &
    disown
}

# stop_by_pid PIDFILE WHAT: asks the process to end and waits for it.
stop_by_pid() {
    local pidfile=$1 what=$2 pid
    if ! is_running "$pidfile"; then
        rm -f "$pidfile"
        return 0
    fi
    pid=$(<"$pidfile")
    say "stopping $what (process $pid)"
    kill "$pid" 2>/dev/null || true
    for _ in {1..100}; do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.3
    done
    if kill -0 "$pid" 2>/dev/null; then
        say "$what did not stop in 30 s: killing it"
        kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$pidfile"
}
