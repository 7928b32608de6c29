//! `DirectiveNotHeeded`: `# syntax=`, `# escape=` and `# check=` that are comments, since something stands above them.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "DirectiveNotHeeded",
    description: "Parser directives should be the first lines of the Dockerfile",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/directive-not-heeded.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "`# syntax=`, `# escape=` and `# check=` that are comments, since something stands above them",
    why: "Directives are read from the first line on, up to the first line that is none. Behind an empty line or a comment they
are comments themselves: the build runs with the builder's own frontend, without what the line asks for, and no
contract of an alias holds.",
    examples: &[
        Example::found("# Builds the agent.
# syntax=ghcr.io/aliasfront/aliasfront:1
FROM alpine
"),
        Example::better("# syntax=ghcr.io/aliasfront/aliasfront:1
# Builds the agent.
FROM alpine
"),
        Example::found("# Builds the agent.
# check=error=true
FROM alpine
"),
        Example::better("# check=error=true
# Builds the agent.
FROM alpine
"),
    ],
    more: "`# check=` right above an instruction is heeded there by most rules, and isn't found, unless it asks for what only the
top can have: `error=`, or `skip=` of rules that look at the whole Dockerfile.",
};

/// The text of a finding on the directive `name`.
pub fn message(name: &str) -> String {
    format!(
        "# {name}= is only a comment here; move it to the top, with nothing but directives above it"
    )
}
