//! `HeredocNotTaken`: heredocs that are none: `COPY << EOF` with a blank, and `<<EOF` where an instruction takes none.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "HeredocNotTaken",
    description: "What looks like a heredoc should be one",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/heredoc-not-taken.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Heredocs that are none: `COPY << EOF` with a blank, and `<<EOF` where an instruction takes none",
    why: "With a blank in between, `COPY` takes `<<` and `EOF` for the names of files. `CMD`, `ENTRYPOINT` and `HEALTHCHECK` take
no heredocs: the lines below are taken for instructions, which mostly is an error, and the shell that runs the command
gets an empty text.",
    examples: &[
        Example::found("FROM alpine
COPY << EOF /etc/motd
welcome
EOF
"),
        Example::better("FROM alpine
COPY <<EOF /etc/motd
welcome
EOF
"),
    ],
    more: "`RUN` takes a heredoc with a blank, too. Where a line below is no instruction, the hint of the error says the same.",
};

/// The text of a finding on the heredoc `delimiter` in the instruction `keyword`, which takes heredocs or not.
pub fn message(keyword: &str, delimiter: &str, takes: bool) -> String {
    if takes {
        format!(
            "<< and {delimiter} are paths here, since there is a blank between them; write <<{delimiter}"
        )
    } else {
        format!(
            "{keyword} takes no heredoc: the lines below are instructions; write them to a file with COPY <<{delimiter}, and use that"
        )
    }
}
