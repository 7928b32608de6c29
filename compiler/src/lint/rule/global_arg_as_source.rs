//! `GlobalArgAsSource`: a global argument in `COPY --from` or a mount's `from`: stock frontends reject it.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "GlobalArgAsSource",
    description: "Stock frontends take no variable in COPY --from and RUN --mount=from",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/global-arg-as-source.md",
    experimental: true,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "A global argument in `COPY --from` or a mount's `from`: stock frontends reject it",
    why: "This frontend expands arguments from before the first `FROM` there. For Dockerfiles that must build with the stock
frontend too, turn the rule on.",
    examples: &[
        Example::found("ARG TOOLS=local_tools
FROM alpine AS local_tools

FROM debian
COPY --from=${TOOLS} /usr/bin/tool /usr/bin/
"),
        Example::better("ARG TOOLS=local_tools
FROM alpine AS local_tools

FROM ${TOOLS} AS tools

FROM debian
COPY --from=tools /usr/bin/tool /usr/bin/
"),
    ],
    more: "",
};
