//! The log, on standard error: BuildKit keeps it in its own.

use std::fmt::{self, Debug, Write};

use aliasfront_compiler::shown;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// The environment variable that sets how much is logged: `error`, `warn`, `info`; in a debug build
/// also `debug` and `trace`, what the HTTP/2 client does.
const LEVEL: &str = "ALIASFRONT_LOG";

/// Starts to log: warnings and errors where nothing else is asked for.
pub(crate) fn start() {
    let level = std::env::var(LEVEL).ok().and_then(|level| level.parse().ok());
    let log = Log { level: level.unwrap_or(Level::WARN) };
    // It fails only where there is a log already.
    let _ = tracing::subscriber::set_global_default(log);
}

/// Writes events as lines. Spans aren't told apart: one build is all that a process does.
struct Log {
    level: Level,
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= self.level
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut line = Line(format!("{} {}:", metadata.level(), metadata.target()));
        event.record(&mut line);
        eprintln!("{}", shown::block(&line.0));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A line of the log, which takes an event's fields.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let written: fmt::Result = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
        // Text always takes what is written to it.
        let _ = written;
    }
}
