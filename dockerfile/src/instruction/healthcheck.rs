//! `HEALTHCHECK`

use aliasfront_gotext::duration::parse_duration;
use aliasfront_gotext::integer::parse_i32;
use aliasfront_gotext::quote::quote;

use crate::error::Error;
use crate::instruction::arity::at_least_one;
use crate::instruction::flags::{Flags, Spec};
use crate::text::statement::Statement;
use crate::word::Word;

/// `HEALTHCHECK`; times in nanoseconds, 0 where they are not given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Healthcheck {
    /// `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", …]`.
    pub test: Vec<String>,
    /// `--interval`
    pub interval: i64,
    /// `--timeout`
    pub timeout: i64,
    /// `--start-period`
    pub start_period: i64,
    /// `--start-interval`
    pub start_interval: i64,
    /// `--retries`
    pub retries: i32,
}

const FLAGS: [Spec; 5] = [
    Spec::text("interval"),
    Spec::text("timeout"),
    Spec::text("start-period"),
    Spec::text("start-interval"),
    Spec::text("retries"),
];

/// The shortest time that may be given: a millisecond, in nanoseconds.
const MIN_TIME: i64 = 1_000_000;

pub(super) fn parse(statement: &mut Statement) -> Result<Healthcheck, Error> {
    let words = std::mem::take(&mut statement.arguments.words);
    at_least_one(&words, "HEALTHCHECK")?;
    let span = words.first().map(|word| word.span).unwrap_or_default();
    let mut words = words.into_iter().map(|word| word.text);
    let kind = words.next().unwrap_or_default().to_uppercase();
    let command: Vec<String> = words.collect();
    if kind == "NONE" {
        if !command.is_empty() {
            return Err(Error::new("HEALTHCHECK NONE takes no arguments").span(span));
        }
        // Flags mean nothing here, and are not even checked.
        return Ok(Healthcheck { test: vec![kind], ..Healthcheck::default() });
    }
    let mut flags = Flags::check(&statement.flags, &FLAGS)?;
    if kind != "CMD" {
        let kind = quote(&kind);
        return Err(Error::new(format!("Unknown type {kind} in HEALTHCHECK (try CMD)")).span(span));
    }
    if command.is_empty() {
        return Err(Error::new("Missing command after HEALTHCHECK CMD").span(span));
    }
    let kind = if statement.arguments.json { "CMD" } else { "CMD-SHELL" };
    Ok(Healthcheck {
        test: std::iter::once(kind.to_owned()).chain(command).collect(),
        interval: time(&mut flags, "interval")?,
        timeout: time(&mut flags, "timeout")?,
        start_period: time(&mut flags, "start-period")?,
        start_interval: time(&mut flags, "start-interval")?,
        retries: flags.non_empty_text("retries").map_or(Ok(0), |word| retries(&word))?,
    })
}

/// The time that the flag `name` gives, in nanoseconds.
fn time(flags: &mut Flags, name: &str) -> Result<i64, Error> {
    let Some(word) = flags.non_empty_text(name) else {
        return Ok(0);
    };
    match parse_duration(&word.text) {
        Ok(time) if time != 0 && time < MIN_TIME => {
            Err(format!("Interval {} cannot be less than 1ms", quote(name)))
        }
        result => result,
    }
    .map_err(|message| {
        Error::new(message)
            .span(word.span)
            .hint("a time is a number and a unit: 500ms, 30s, 1m30s, 1h; no less than 1ms, or 0")
    })
}

fn retries(word: &Word) -> Result<i32, Error> {
    match parse_i32(&word.text) {
        Ok(retries) if retries < 0 => Err(format!("--retries cannot be negative ({retries})")),
        result => result,
    }
    .map_err(|message| Error::new(message).span(word.span).hint("give a whole number from 0 up"))
}
