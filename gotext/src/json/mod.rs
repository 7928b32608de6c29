//! JSON as Go's `encoding/json` writes and reads it.
//!
//! Image configs are content-addressed, so what is read and written again must come out byte for
//! byte as the daemon's own structs would write it. Writing differs from `serde_json` in the
//! escapes; reading in that names of fields match in any case, that `null` leaves a plain value as
//! it was, that a repeated object is merged into the first, and that text which isn't Unicode is
//! repaired instead of refused.
//!
//! ```
//! use aliasfront_gotext::json::{from_slice, go_object, to_vec};
//!
//! #[derive(Debug, Default, PartialEq)]
//! struct Config {
//!     user: String,
//!     env: Vec<String>,
//! }
//! go_object!(Config { "User" => user, "Env" => env });
//!
//! let config: Config = from_slice(br#"{"USER": "me", "env": ["A=1"], "User": null, "New": {}}"#)?;
//! assert_eq!(config, Config { user: "me".to_owned(), env: vec!["A=1".to_owned()] });
//! assert_eq!(to_vec("a && b")?, br#""a \u0026\u0026 b""#);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod merge;
mod string;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use self::merge::{Merge, MergeInto, merge_object, names_field, serialize_set};
use self::string::HtmlSafe;
pub use self::string::{push_string, push_strings, replace_lone_surrogates};
pub use crate::go_object;
use crate::utf8;

/// Writes a value without white space, with Go's HTML-safe escapes. Fails only where `value` itself
/// refuses, or has a map whose keys are no strings.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Vec<u8>> {
    let mut out = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, HtmlSafe))?;
    Ok(out)
}

/// Reads one JSON value and nothing after it.
pub fn from_slice<T: for<'de> Deserialize<'de>>(json: &[u8]) -> serde_json::Result<T> {
    serde_json::from_str(&repair(json))
}

/// Text for a strict reader: bytes that aren't UTF-8, and escapes of halves of surrogate pairs,
/// become U+FFFD.
fn repair(json: &[u8]) -> Cow<'_, str> {
    replace_lone_surrogates(utf8::decode(json))
}
