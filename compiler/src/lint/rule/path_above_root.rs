//! `PathAboveRoot`: sources of `COPY`, `ADD` and mounts that start with `..`.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "PathAboveRoot",
    description: "Sources of files should not lead out of where they are taken from",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/path-above-root.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Sources of `COPY`, `ADD` and mounts that start with `..`",
    why: "Nothing outside of the context, or of a stage, can be taken. What leads above its root is taken from the root: `COPY
../x` is `COPY x`, which fails or takes another file than the one that was meant.",
    examples: &[
        Example::found("FROM alpine
COPY ../shared /shared
"),
        Example::better("FROM alpine
COPY --from=shared . /shared
").with(&[("--build-context", "shared=../shared")]),
    ],
    more: "A further directory comes as a named context, with `--build-context shared=../shared`, or the context is the directory above, with `--file`.",
};

/// The text of a finding on the path `path`.
pub fn message(path: &str) -> String {
    format!(
        "{path} leads above the root, and is taken from the root; give other directories as named contexts"
    )
}

/// Whether `path` leads above its root.
pub(crate) fn check(path: &str) -> bool {
    let mut depth = 0_usize;
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn paths() {
        for path in ["..", "../a", "/../a", "a/../../b", "./../a"] {
            assert!(check(path), "{path}");
        }
        for path in ["", ".", "a/..", "a/../b", "..a", "a/..b", "..."] {
            assert!(!check(path), "{path}");
        }
    }
}
