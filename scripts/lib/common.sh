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

# is_running PIDFILE PROGRAM: whether the process that the file names is alive, and runs the program.
# A file outlives a reboot, and its number is somebody else's then.
is_running() {
    local pid word
    [[ -s $1 ]] && pid=$(<"$1") && [[ $pid =~ ^[0-9]+$ && -r /proc/$pid/cmdline ]] || return 1
    while IFS= read -r -d '' word; do
        [[ $word == "$2" ]] && return 0
    done 2>/dev/null <"/proc/$pid/cmdline"
    return 1
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

# stop_by_pid PIDFILE PROGRAM WHAT: asks the process to end and waits for it.
stop_by_pid() {
    local pidfile=$1 program=$2 what=$3 pid
    if ! is_running "$pidfile" "$program"; then
        rm -f "$pidfile"
        return 0
    fi
    pid=$(<"$pidfile")
    say "stopping $what (process $pid)"
    kill "$pid" 2>/dev/null || true
    for _ in {1..100}; do
        is_running "$pidfile" "$program" || break
        sleep 0.3
    done
    if is_running "$pidfile" "$program"; then
        say "$what did not stop in 30 s: killing it"
        kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$pidfile"
}
