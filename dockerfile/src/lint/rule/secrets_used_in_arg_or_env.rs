//! `SecretsUsedInArgOrEnv`: arguments and variables whose names sound like secrets.

use aliasfront_gotext::quote::quote;

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "SecretsUsedInArgOrEnv",
    description: "Sensitive data should not be used in the ARG or ENV commands",
    url: "https://docs.docker.com/go/dockerfile/rule/secrets-used-in-arg-or-env/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Arguments and variables whose names sound like secrets",
    why: "Their values stay in the image's configuration or its history for everyone who has the image.",
    examples: &[
        Example::found(
            "FROM alpine
ARG AWS_SECRET
RUN deploy
",
        ),
        Example::better(
            "FROM alpine
RUN --mount=type=secret,id=aws,env=AWS_SECRET deploy
",
        ),
    ],
    more: "",
};

/// The text of a finding on the variable `key` of the instruction `keyword`, as it is written.
pub fn message(keyword: &str, key: &str) -> String {
    let key = quote(key);
    format!("Do not use ARG or ENV instructions for sensitive data ({keyword} {key})")
}

/// Words that make a name sound like a secret.
const SECRETS: [&str; 10] = [
    "apikey",
    "auth",
    "credential",
    "credentials",
    "key",
    "password",
    "pword",
    "passwd",
    "secret",
    "token",
];

/// Words that make it sound like none after all.
const HARMLESS: [&str; 3] = ["public", "file", "version"];

/// Whether the name of a variable sounds like a secret: one of the words between its underscores
/// does, and none of them says otherwise.
pub fn is_secret(name: &str) -> bool {
    let has = |words: &[&str]| {
        name.split('_').any(|part| words.iter().any(|word| word.eq_ignore_ascii_case(part)))
    };
    has(&SECRETS) && !has(&HARMLESS)
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn names() {
        for name in ["AUTH", "api_key", "DATABASE_PASSWORD", "Github_Token", "x_secret_y", "_key"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["", "KEYS", "MONKEY", "PUBLIC_KEY", "token_file", "KEY_VERSION", "api-key"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
