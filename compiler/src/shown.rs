//! The one way out for text that people read: what a terminal would act on is escaped, and credentials are hidden.
//!
//! File names, link targets, labels, errors of registries, triggers and comments are whatever somebody wrote. They are
//! kept as they are where they make a digest or answer a program, and pass here on their way to a person.

use std::borrow::Cow;
use std::fmt::Write as _;

use buildkit_dockerfile::lint::rule::secrets_used_in_arg_or_env;

/// What stands for what is hidden.
pub const HIDDEN: &str = "***";

/// Text for one line: everything that a terminal acts on is escaped, line feeds and tabs too.
pub fn line(text: &str) -> String {
    shown(text, is_active)
}

/// Text of several lines: its own line feeds and tabs stay.
pub fn block(text: &str) -> String {
    shown(text, |c| is_active(c) && !matches!(c, '\n' | '\t'))
}

fn shown(text: &str, is_escaped: fn(char) -> bool) -> String {
    let text = without_credentials(text);
    if !text.contains(is_escaped) {
        return text.into_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_escaped(c) {
            escape(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out
}

/// Adds a character as Go's `%q` escapes it, which quoted words in messages have already.
fn escape(out: &mut String, c: char) {
    // Writing to a string doesn't fail.
    let _ = match c {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        c if c.is_ascii() => write!(out, "\\x{:02x}", u32::from(c)),
        c => write!(out, "\\u{:04x}", u32::from(c)),
    };
}

/// Whether a terminal does something else with a character than to show it: control characters, the marks that turn the
/// direction of text, and the separators of lines.
pub fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Schemes of addresses without users: what is before an `@` in them is a name.
const WITHOUT_USER: [&str; 4] = ["docker-image", "oci-layout", "target", "input"];
/// Schemes whose user alone is no secret.
const WITH_PUBLIC_USER: [&str; 2] = ["ssh", "git"];
/// Parts of the names of parameters in addresses that make their values secrets.
const SECRET_PARAMETERS: [&str; 7] =
    ["sig", "token", "secret", "key", "passw", "auth", "credential"];

/// The text without the users, passwords and signed parameters of the addresses in it.
pub fn without_credentials(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.extend([before, "://"]);
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let scheme = &before[before.trim_end_matches(is_part).len()..];
        let ends = |c: char| c.is_whitespace() || c.is_control() || "\"'`<>|".contains(c);
        let end = after.find(ends).unwrap_or(after.len());
        // Another address in the word is looked at by itself.
        let end = after[..end]
            .find("://")
            .map_or(end, |next| after[..next].trim_end_matches(is_part).len());
        let (address, behind) = after.split_at(end);
        hide(&mut out, scheme, address);
        rest = behind;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Adds an address, from behind its scheme.
fn hide(out: &mut String, scheme: &str, address: &str) {
    let authority = address.find(['/', '?', '#', '\\']).unwrap_or(address.len());
    let is_named = WITHOUT_USER.iter().any(|known| known.eq_ignore_ascii_case(scheme));
    let user = address[..authority].rfind('@').filter(|_| !is_named);
    let mut rest = address;
    if let Some(at) = user {
        let is_public = WITH_PUBLIC_USER.iter().any(|known| known.eq_ignore_ascii_case(scheme));
        let user = &address[..at];
        out.push_str(if is_public && !user.contains(':') { user } else { HIDDEN });
        rest = &address[at..];
    }
    // The parameters, each behind its separator.
    let separators = ['?', '&', ';', '#'];
    while let Some(start) = rest.find(separators) {
        let (before, parameter) = rest.split_at(start + 1);
        out.push_str(before);
        let end = parameter.find(separators).unwrap_or(parameter.len());
        rest = &parameter[end..];
        let parameter = &parameter[..end];
        match parameter.split_once('=') {
            Some((name, value)) if is_secret_parameter(name) => {
                // A colon at the end is the message's: "…?sig=…: not found".
                let value_end = value.trim_end_matches([':', ',', '.', ')']).len();
                out.extend([name, "=", HIDDEN, &value[value_end..]]);
            }
            _ => out.push_str(parameter),
        }
    }
    out.push_str(rest);
}

fn is_secret_parameter(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_PARAMETERS.iter().any(|part| name.contains(part))
}

/// Ends of words that make the name of a variable a secret's.
const SECRET_ENDS: [&str; 12] = [
    "TOKEN",
    "TOKENS",
    "SECRET",
    "SECRETS",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "APIKEY",
    "ACCESSKEY",
    "PRIVATEKEY",
    "CREDENTIAL",
    "CREDENTIALS",
];
/// Last words of names that make them a secret's where others stand before.
const SECRET_LAST: [&str; 5] = ["PAT", "PWD", "PASS", "DSN", "COOKIE"];
/// Ends of names whose values hold a password as a rule.
const WITH_PASSWORD: [&str; 9] = [
    "DATABASE_URL",
    "DATABASE_URI",
    "DB_URL",
    "DB_URI",
    "REDIS_URL",
    "MONGO_URL",
    "MONGODB_URI",
    "AMQP_URL",
    "CONNECTION_STRING",
];
/// Words that say that a name is no secret's after all.
const HARMLESS: [&str; 3] = ["PUBLIC", "FILE", "VERSION"];

/// Whether the name of an argument or a variable sounds like a secret: as the rule `SecretsUsedInArgOrEnv` says, or by
/// what names of secrets look like beyond it (`DATABASE_URL`, `GITHUB_PAT`, `NPM_AUTHTOKEN`).
pub fn is_secret(name: &str) -> bool {
    if secrets_used_in_arg_or_env::is_secret(name) {
        return true;
    }
    let name = name.to_ascii_uppercase();
    let mut words = name.split(['_', '-', '.']);
    if words.clone().any(|word| HARMLESS.contains(&word)) {
        return false;
    }
    let ends = |ends: &[&str], text: &str| ends.iter().any(|end| text.ends_with(end));
    let has_end = words.clone().any(|word| ends(&SECRET_ENDS, word));
    let last = words.next_back().filter(|_| words.next().is_some());
    has_end || last.is_some_and(|last| SECRET_LAST.contains(&last)) || ends(&WITH_PASSWORD, &name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_acts_on_is_escaped() {
        for (text, expected) in [
            ("plain ü 漢 \u{1f600} \"q\" \\n", "plain ü 漢 \u{1f600} \"q\" \\n"),
            ("a\x1b[2Jb\x07\x7f", "a\\x1b[2Jb\\x07\\x7f"),
            ("\u{9b}31m\u{85}", "\\u009b31m\\u0085"),
            ("\u{202e}x\u{2066}\u{200f}\u{61c}", "\\u202ex\\u2066\\u200f\\u061c"),
            ("a\r\n\tb\u{2028}", "a\\r\\n\\tb\\u2028"),
        ] {
            assert_eq!(line(text), expected);
            assert_eq!(line(&line(text)), expected);
        }
        assert_eq!(block("a\r\n\tb\x1b"), "a\\r\n\tb\\x1b");
    }

    #[test]
    fn credentials_in_addresses_are_hidden() {
        for (text, expected) in [
            ("https://u:p@h/x: no", "https://***@h/x: no"),
            ("https://ghp_abc@github.com/o/r.git#main", "https://***@github.com/o/r.git#main"),
            ("HTTPS://u:p@w@h", "HTTPS://***@h"),
            ("ssh://git@h/x ssh://u:p@h", "ssh://git@h/x ssh://***@h"),
            ("docker-image://a@sha256:1", "docker-image://a@sha256:1"),
            ("https://h/a@b?x=c@d", "https://h/a@b?x=c@d"),
            (
                "Get \"https://s3/x?X-Amz-Signature=ab&X-Amz-Date=1&X-Amz-Credential=k\": EOF",
                "Get \"https://s3/x?X-Amz-Signature=***&X-Amz-Date=1&X-Amz-Credential=***\": EOF",
            ),
            ("https://b/x?sv=1&sig=a%3D: not found", "https://b/x?sv=1&sig=***: not found"),
            ("http://p/?u=https://a:b@c/", "http://p/?u=https://***@c/"),
            ("http://ahttp://a:b@c", "http://ahttp://***@c"),
            ("://://@", "://://***@"),
            ("x://", "x://"),
        ] {
            assert_eq!(line(text), expected, "{text}");
        }
    }

    #[test]
    fn names_of_secrets() {
        for name in [
            "API_TOKEN",
            "DATABASE_URL",
            "prod_database_url",
            "GITHUB_PAT",
            "NPM_AUTHTOKEN",
            "npm-authToken",
            "DB_PWD",
            "SSH_PASSPHRASE",
            "SENTRY_DSN",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in
            ["", "PWD", "PAT", "PATH", "PUBLIC_PAT", "BASE_URL", "TOKENIZER", "AUTHTOKEN_FILE"]
        {
            assert!(!is_secret(name), "{name}");
        }
    }
}
