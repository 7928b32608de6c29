//! Symbolic modes of `--chmod`: `u=rwX,go=rX`, as the engine reads them.

/// A mode that was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SymbolicMode;

/// Why a text is no mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidMode {
    message: String,
    numeric: bool,
}

impl InvalidMode {
    /// Whether the text looks like a number.
    pub fn is_numeric(&self) -> bool {
        self.numeric
    }
}

impl SymbolicMode {
    /// Checks a mode: clauses, separated by commas, of who, and of operations with permissions.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, InvalidMode> {
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            let message = format!("invalid mode {text:?}");
            return Err(InvalidMode { message, numeric: true });
        }
        if !text.is_empty() && text.split(',').all(is_clause) {
            return Ok(Self);
        }
        Err(InvalidMode { message: format!("invalid mode {text:?}"), numeric: false })
    }
}

fn is_clause(clause: &str) -> bool {
    let actions = clause.trim_start_matches(['u', 'g', 'o', 'a']);
    if !actions.starts_with(['+', '-', '=']) {
        return false;
    }
    actions.split(['+', '-', '=']).skip(1).all(|permissions| {
        matches!(permissions, "u" | "g" | "o")
            || permissions.bytes().all(|b| b"rwxXst".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_clauses() {
        for mode in ["u=rwX,go=rX", "+x", "a-w", "g=u", "u+s,o=", "ug+rw-x"] {
            assert!(SymbolicMode::parse(mode).is_ok(), "{mode}");
        }
        for mode in ["", "x", "u", "u=q", "u=rw,", "u=ug"] {
            assert!(!SymbolicMode::parse(mode).unwrap_err().is_numeric(), "{mode}");
        }
        assert!(SymbolicMode::parse("9xyz").unwrap_err().is_numeric());
    }
}
