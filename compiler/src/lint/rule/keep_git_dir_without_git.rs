//! `KeepGitDirWithoutGit`: `ADD --keep-git-dir` of something that is no git repository.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "KeepGitDirWithoutGit",
    description: "ADD --keep-git-dir is for git repositories",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/keep-git-dir-without-git.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "`ADD --keep-git-dir` of something that is no git repository",
    why: "The flag has no effect on files of the context and on downloads. An address is taken for a git repository where it
starts with `git@` or `git://`, ends with `.git`, or has a `#` behind that.",
    examples: &[
        Example::found("FROM alpine
ADD --keep-git-dir=true https://github.com/moby/buildkit /src
"),
        Example::better("FROM alpine
ADD --keep-git-dir=true https://github.com/moby/buildkit.git /src
"),
    ],
    more: "",
};

/// The text of a finding on an `ADD` of `source`.
pub fn message(source: &str) -> String {
    format!(
        "--keep-git-dir has no effect: {source} is no git repository; the address of one ends with .git"
    )
}
