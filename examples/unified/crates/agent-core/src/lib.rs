//! What the daemon, the command line and the bridge share: messages, their framing, and sessions.

pub mod frame;
pub mod message;
pub mod session;

/// Where the daemon listens unless it is told otherwise.
pub const DEFAULT_SOCKET: &str = "/tmp/agentd.sock";
