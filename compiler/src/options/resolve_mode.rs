//! `image-resolve-mode`: whether images are pulled.

use buildkit_llb::ResolveMode;

use crate::error::Error;

/// Reads the mode.
///
/// # Errors
///
/// It is no mode.
pub(super) fn parse(text: &str) -> Result<ResolveMode, Error> {
    match text {
        "" | "default" => Ok(ResolveMode::Default),
        "pull" => Ok(ResolveMode::Pull),
        "local" => Ok(ResolveMode::Local),
        _ => Err(Error::new(format!("invalid image-resolve-mode: {text}"))
            .hint("the modes are default, pull and local")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
        result.unwrap_err().message
    }

    #[test]
    fn modes_have_names() {
        for (text, mode) in [
            ("default", ResolveMode::Default),
            ("pull", ResolveMode::Pull),
            ("local", ResolveMode::Local),
        ] {
            assert_eq!(parse(text), Ok(mode));
            assert_eq!(mode.as_str(), text);
        }
        assert_eq!(parse(""), Ok(ResolveMode::Default));
        assert_eq!(message(parse("Pull")), "invalid image-resolve-mode: Pull");
    }
}
