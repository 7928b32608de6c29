//! Symbolic modes of `--chmod`: `u=rwX,go=rX`, as the engine reads them.
//!
//! A mode is made of clauses with commas between. A clause says whose permissions it changes, by
//! letters of `ugoa` or by none for all, and then what it does, once or more often: `+`, `-` or `=`
//! followed by any of `rwxXst`, and of `ugo` for a copy of theirs.

/// A mode that was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SymbolicMode;

/// A text that is no mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("invalid syntax")]
pub struct InvalidMode {
    numeric: bool,
}

impl InvalidMode {
    /// Whether the text starts like a number.
    pub fn is_numeric(self) -> bool {
        self.numeric
    }
}

impl SymbolicMode {
    /// Checks a mode.
    ///
    /// # Errors
    ///
    /// It is none, or a number.
    pub fn parse(text: &str) -> Result<Self, InvalidMode> {
        if text.split(',').all(is_clause) {
            return Ok(Self);
        }
        Err(InvalidMode { numeric: text.starts_with(|c: char| c.is_ascii_digit()) })
    }
}

fn is_clause(clause: &str) -> bool {
    const OPERATORS: [char; 3] = ['+', '-', '='];
    let actions = clause.trim_start_matches(['u', 'g', 'o', 'a']);
    actions.starts_with(OPERATORS)
        && actions.chars().all(|c| OPERATORS.contains(&c) || "rwxXstugo".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_clauses() {
        for text in [
            "u=rwX,go=rX",
            "+x",
            "-w",
            "=",
            "a+",
            "go=",
            "go=u-w",
            "u+s",
            "+t",
            "ugoa=rwxXst",
            "uu++x",
            "u=rwg",
            "a=rx,u+w",
            "u+r-w=x",
            "-rwx",
            "=rw,+X",
        ] {
            assert_eq!(SymbolicMode::parse(text), Ok(SymbolicMode), "{text}");
        }
    }

    #[test]
    fn refuses() {
        for text in [
            "", "u", "rwx", "a", ",", "u+x,", ",u+x", "u+x,,g+x", "u+x g+x", "u+a", "x+u", "u=rwz",
            "+é", "u+x,644",
        ] {
            let error = SymbolicMode::parse(text).unwrap_err();
            assert!(!error.is_numeric(), "{text}");
            assert_eq!(error.to_string(), "invalid syntax");
        }
        for text in ["644", "0888", "9", "0o644", "7u+x", "99999999999999999999"] {
            assert!(SymbolicMode::parse(text).unwrap_err().is_numeric(), "{text}");
        }
    }
}
