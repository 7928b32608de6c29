//! `FromPlatformIgnored`: `FROM --platform=` of an earlier stage, which is built for another platform already.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "FromPlatformIgnored",
    description: "The platform of a stage that builds on another stage is that of the other stage",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/from-platform-ignored.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "`FROM --platform=` of an earlier stage, which is built for another platform already",
    why: "A stage that builds on another one has its files, and is of its platform: `--platform` has no effect. It is the first
stage of such a chain that decides.",
    examples: &[
        Example::found("FROM alpine AS base
RUN apk add make

FROM --platform=$BUILDPLATFORM base AS tools
RUN make
"),
        Example::better("FROM --platform=$BUILDPLATFORM alpine AS base
RUN apk add make

FROM --platform=$BUILDPLATFORM base AS tools
RUN make
"),
    ],
    more: "The flags are compared as they are written. Where the base is an argument, as in `FROM --platform=$BUILDPLATFORM
${BUILDER_IMAGE}`, an image may take the stage's place, and nothing is found.",
};

/// The text of a finding on the platform `written` of a stage that builds on the stage `base`, and the platform of that,
/// as it is written.
pub fn message(written: &str, base: &str, platform: Option<&str>) -> String {
    let platform = platform.map_or_else(
        || "the target platform".to_owned(),
        |platform| format!("--platform={platform}"),
    );
    format!(
        "--platform={written} has no effect: stage \"{base}\" is built for {platform}; say it in the FROM of the image that it starts from"
    )
}
