//! Findings as workflow commands, which become annotations on GitHub.

use aliasfront_compiler::{Error, shown};
use buildkit_dockerfile::Lines;
use buildkit_dockerfile::lint::Finding;

/// What was found in the Dockerfile at `path`, which is relative to the repository.
pub fn commands(path: &str, findings: &[Finding], error: Option<&Error>) -> Vec<u8> {
    let mut text = String::new();
    for finding in findings {
        let place = finding.lines.first();
        command(&mut text, "warning", path, place, finding.rule.name, &finding.message);
    }
    if let Some(error) = error {
        let place = error.locations.first();
        command(
            &mut text,
            "error",
            path,
            place,
            "the Dockerfile can't be built",
            &error.with_hints(),
        );
    }
    text.into_bytes()
}

fn command(
    text: &mut String,
    level: &str,
    path: &str,
    place: Option<&Lines>,
    title: &str,
    message: &str,
) {
    let path = path.strip_prefix("./").unwrap_or(path);
    text.push_str(&format!("::{level} file={}", property(path)));
    if let Some(Lines { first, last }) = place.filter(|lines| lines.first > 0) {
        text.push_str(&format!(",line={first},endLine={last}"));
    }
    text.push_str(&format!(",title={}::{}\n", property(title), data(&shown::block(message))));
}

/// Text of a message: a line feed would end the command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text of a property, which a colon or a comma would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_but_its_end() {
        let rule = &buildkit_dockerfile::lint::rule::ALL[0].rule;
        let finding = Finding {
            rule,
            message: "100%\n::error::x\u{1b}".to_owned(),
            lines: vec![Lines::new(2, 3), Lines::new(9, 9)],
        };
        let error = Error::new("no").hint("do");
        let text = commands("./a,b:c\n", &[finding], Some(&error));
        assert_eq!(
            String::from_utf8(text).unwrap(),
            format!(
                "::warning file=a%2Cb%3Ac%0A,line=2,endLine=3,title={}::100%25%0A::error::x\\x1b\n\
                 ::error file=a%2Cb%3Ac%0A,title=the Dockerfile can't be built::no%0Ahint: do\n",
                rule.name
            )
        );
    }
}
