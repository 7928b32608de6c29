//! Values as Go reads and prints them.
//!
//! What a program in Go prints is often more than a message: it is part of a digest, or clients match on it. A program in
//! Rust that has to print the same needs Go's quoting, its durations, its JSON, its tables, down to the order in which
//! its sort leaves what compares equal. This crate has those that container tools depend on:
//!
//! | module | in Go |
//! |---|---|
//! | [`boolean`], [`integer`] | `strconv.ParseBool`, `ParseInt`, `ParseUint`, with their error texts |
//! | [`quote`](mod@quote), [`list`] | `%q` of strings, `%q` and `%v` of lists of strings |
//! | [`duration`], [`timestamp`] | `time.Duration`, `time.Time` in RFC 3339 |
//! | [`size`] | `units.RAMInBytes` of Docker |
//! | [`csv`] | `encoding/csv`, one line |
//! | [`json`] | `encoding/json`: HTML-safe escapes, names in any case, `null`, repeated keys |
//! | [`path`], [`url`], [`git_url`] | `path`, `net/url`, and URLs of git as `BuildKit` reads them |
//! | [`tabwriter`], [`sort`] | `text/tabwriter`, `sort.Slice` |
//! | [`utf8`] | text that isn't Unicode |
//!
//! ```
//! use aliasfront_gotext::duration::{format_duration, parse_duration};
//! use aliasfront_gotext::quote::quote;
//!
//! assert_eq!(quote("a\"b\u{200b}"), r#""a\"b\u200b""#);
//! assert_eq!(parse_duration("1h15m").map(format_duration), Ok("1h15m0s".to_owned()));
//! assert_eq!(
//!     parse_duration("3 days").unwrap_err(),
//!     "time: unknown unit \" days\" in duration \"3 days\""
//! );
//! ```
//!
//! Nothing here does I/O or panics, whatever the text.

pub mod boolean;
pub mod csv;
pub mod duration;
pub mod file_mode;
pub mod git_url;
pub mod integer;
pub mod json;
pub mod list;
pub mod path;
pub mod quote;
pub mod size;
pub mod sort;
pub mod tabwriter;
pub mod timestamp;
pub mod url;
pub mod utf8;

#[doc(hidden)]
pub use serde;

/// The README's example runs too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
