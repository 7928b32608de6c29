//! `ExecFormNotJson`: commands and volumes in brackets that are no JSON array.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "ExecFormNotJson",
    description: "The exec form should be valid JSON",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/exec-form-not-json.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Commands and volumes in brackets that are no JSON array",
    why: "Single quotes, curly quotes, a comma too much or one too little: what is no JSON is taken as the line of a shell, which
then looks for a program with brackets in its name. `VOLUME ['/data']` makes a volume whose path has them.",
    examples: &[
        Example::found("FROM alpine
VOLUME ['/data']
"),
        Example::better(r#"FROM alpine
VOLUME ["/data"]
"#),
        Example::found("FROM nginx
CMD ['nginx', '-g', 'daemon off;']
"),
        Example::better(r#"FROM nginx
CMD ["nginx", "-g", "daemon off;"]
"#),
    ],
    more: "The commands `[ … ]` and `[[ … ]]` of shells are not found.",
};

/// The text of a finding on the instruction `keyword`, whose arguments go to a shell or else are taken word by word.
pub fn message(keyword: &str, is_command: bool) -> String {
    let instead = if is_command {
        "a shell runs it as it is written"
    } else {
        "its brackets and quotes are part of the paths"
    };
    format!(
        "{keyword} looks like a JSON array and is none, so that {instead}; write [\"a\", \"b\"] with double quotes"
    )
}

/// Quotes that people, and their word processors, write.
const QUOTES: [char; 6] = ['"', '\'', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}'];

/// Whether `text`, which is no JSON array, looks like one. `[ -f a ]` and `[[ -f a ]]` are commands.
pub(crate) fn check(text: &str) -> bool {
    let text = text.trim();
    let Some(inner) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) else {
        return false;
    };
    let Some(first) = inner.chars().next() else { return false };
    if !first.is_whitespace() {
        // A word in brackets is a pattern of shells, but no command.
        return QUOTES.contains(&first)
            || (first.is_ascii_alphanumeric() || first == '/') && inner.contains(',');
    }
    let Some(string) = inner.trim_start().strip_prefix(QUOTES) else { return false };
    let after = string.split_once(QUOTES).map_or("", |(_, after)| after);
    after.trim_start().starts_with(',')
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_looks_like_json() {
        for text in [
            "['a']",
            "['a', 'b']",
            "[\"a\" \"b\"]",
            "[\"a\",]",
            "[ 'a', 'b' ]",
            "[\u{201c}a\u{201d}]",
            "[nginx, -g]",
            "[/bin/sh, -c]",
        ] {
            assert!(check(text), "{text}");
        }
        for text in [
            "",
            "[",
            "[]",
            "[a]",
            "[ -f a ]",
            "[ \"$A\" = \"b\" ]",
            "[ 'a' ]",
            "[[ $A == b ]]",
            "[ -f a ] && [ -f b ]",
            "[ \"$A\" = 'a, b' ]",
            "echo ['a']",
        ] {
            assert!(!check(text), "{text}");
        }
    }
}
