//! The gateway binary that BuildKit runs for the syntax line.
