//! `ManyTargets`: a build of many targets: exporters of images take its results for platforms of one image.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "ManyTargets",
    description: "A build of many targets is for exporters of files",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/many-targets.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "A build of many targets: exporters of images take its results for platforms of one image",
    why: "The frontend isn't told where the result goes. A result with several parts is a folder each to exporters of files,
and one multi-platform image to exporters of images, with the targets in the place of platforms: never what was
meant.",
    examples: &[
        Example::found("FROM alpine AS kiro
FROM alpine AS claude
").with(&[("--build-arg", "ALIASFRONT_TARGETS=kiro,claude")]),
        Example::better("FROM alpine AS kiro
FROM alpine AS claude
").with(&[("--target", "kiro")]),
    ],
    more: "Every build with `ALIASFRONT_TARGETS` has the finding: its result is for `--output type=local,dest=out`. For many
images at once, `docker buildx bake` builds each of its targets as an image of its own, and compiles once as well.",
};
