//! Options that are lists.

use crate::error::Error;

/// The fields of a line of comma-separated values.
///
/// # Errors
///
/// A quote that does not close, or stands where none may.
pub(super) fn fields(text: &str) -> Result<Vec<String>, Error> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    aliasfront_gotext::csv::fields(text).map_err(Error::new)
}
