//! "Did you mean": the word nearest to a misspelt one.

use std::borrow::Cow;

/// A suggestion must be nearer than this many edits.
pub const MAX_DISTANCE: usize = 3;

/// The option nearest to `value`, by Levenshtein distance less than 3; of several the first.
///
/// None where `value` is itself an option: then something else is wrong with it. Without case, the
/// suggestion takes the value's case where that is all upper or all lower, and else lower case.
pub fn closest<'a>(
    value: &str,
    options: impl IntoIterator<Item = &'a str>,
    case_sensitive: bool,
) -> Option<String> {
    let wanted = fold(value, case_sensitive);
    let length = wanted.chars().count();
    let mut best: Option<(usize, Cow<'a, str>)> = None;
    for option in options {
        let option = fold(option, case_sensitive);
        if option == wanted {
            return None;
        }
        // Every character more or less is an edit: no need to count the others.
        if option.chars().count().abs_diff(length) >= MAX_DISTANCE {
            continue;
        }
        let distance = strsim::levenshtein(&wanted, &option);
        if distance < best.as_ref().map_or(MAX_DISTANCE, |(distance, _)| *distance) {
            best = Some((distance, option));
        }
    }
    let (_, option) = best.filter(|(_, option)| !option.is_empty())?;
    Some(if !case_sensitive && value != value.to_lowercase() && value == value.to_uppercase() {
        option.to_uppercase()
    } else {
        option.into_owned()
    })
}

/// The text as it is compared.
fn fold(text: &str, case_sensitive: bool) -> Cow<'_, str> {
    if case_sensitive { text.into() } else { text.to_lowercase().into() }
}

/// `message` with the suggestion in parentheses behind it, where there is one.
pub fn did_you_mean<'a>(
    message: String,
    value: &str,
    options: impl IntoIterator<Item = &'a str>,
    case_sensitive: bool,
) -> String {
    match closest(value, options, case_sensitive) {
        Some(option) => format!("{message} (did you mean {option}?)"),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn nearest_by_edits() {
        let options = ["chown", "chmod", "link", "from"];
        for (value, suggestion) in [
            ("chwon", Some("chown")),
            ("chmd", Some("chmod")),
            ("lnk", Some("link")),
            ("form", Some("from")),
            ("Chown", Some("chown")),
            ("parents", None),
            ("chown", None),
            ("", None),
        ] {
            assert_eq!(closest(value, options, true).as_deref(), suggestion, "{value}");
        }
    }

    #[test]
    fn without_case_takes_the_value_s_case() {
        for (value, suggestion) in
            [("RUNN", Some("RUN")), ("runn", Some("run")), ("Runn", Some("run")), ("Run", None)]
        {
            assert_eq!(closest(value, ["RUN", "COPY"], false).as_deref(), suggestion, "{value}");
        }
    }
}
