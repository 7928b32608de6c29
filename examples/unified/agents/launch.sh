# Starts the daemon, waits for its socket, and puts the bridge between it and standard input and output.
set -eu

# What a container that is started again left there is nobody's socket.
rm -f "$AGENTD_SOCKET"
agentd "$@" &
until [ -S "$AGENTD_SOCKET" ]; do
    kill -0 $! 2>/dev/null || exit 1
    sleep 0.1
done
exec acp-bridge
