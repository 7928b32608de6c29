//! Lists of strings as Go's `fmt` prints them.

use crate::quote::quote;

/// A list of strings as `%q` prints it.
///
/// ```
/// use aliasfront_gotext::list::quote_list;
///
/// assert_eq!(quote_list(&["sh", "-c"]), r#"["sh" "-c"]"#);
/// ```
pub fn quote_list<S: AsRef<str>>(items: &[S]) -> String {
    bracketed(items.iter().map(|item| quote(item.as_ref())))
}

/// A list of strings as `%v` prints it.
///
/// ```
/// use aliasfront_gotext::list::plain_list;
///
/// assert_eq!(plain_list(&["sh", "-c"]), "[sh -c]");
/// ```
pub fn plain_list<S: AsRef<str>>(items: &[S]) -> String {
    bracketed(items.iter().map(|item| item.as_ref().to_owned()))
}

fn bracketed(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        let none: [&str; 0] = [];
        assert_eq!(quote_list(&none), "[]");
        assert_eq!(quote_list(&["sh", "-c", "echo \"x\""]), r#"["sh" "-c" "echo \"x\""]"#);
        assert_eq!(plain_list(&none), "[]");
        assert_eq!(plain_list(&["/bin/sh", "-c"]), "[/bin/sh -c]");
    }
}
