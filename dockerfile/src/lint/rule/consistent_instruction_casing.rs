//! `ConsistentInstructionCasing`: instructions in another case than most of the Dockerfile's.

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "ConsistentInstructionCasing",
    description: "All commands within the Dockerfile should use the same casing (either upper or lower)",
    url: "https://docs.docker.com/go/dockerfile/rule/consistent-instruction-casing/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Instructions in another case than most of the Dockerfile's",
    why: "Keywords work in any case. In one, upper or lower, they stand out from their arguments.",
    examples: &[
        Example::found(
            r#"FROM alpine
run apk add curl
CMD ["curl"]
"#,
        ),
        Example::better(
            r#"FROM alpine
RUN apk add curl
CMD ["curl"]
"#,
        ),
    ],
    more: "",
};

/// What case most keywords of a Dockerfile have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// `run`
    Lower,
    /// `RUN`
    Upper,
}

impl Case {
    /// Whether `keyword`, which is ASCII, is written in this case.
    pub fn is_case_of(self, keyword: &str) -> bool {
        match self {
            Self::Lower => !keyword.bytes().any(|b| b.is_ascii_uppercase()),
            Self::Upper => !keyword.bytes().any(|b| b.is_ascii_lowercase()),
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Lower => "lowercase",
            Self::Upper => "uppercase",
        }
    }
}

/// The text of a finding on `keyword` where most others are of `case`.
pub fn message(keyword: &str, case: Case) -> String {
    let case = case.as_str();
    format!("Command '{keyword}' should match the case of the command majority ({case})")
}

/// The case that most of `keywords` have; upper case where there are as many of both. Those of mixed
/// case do not count.
pub(crate) fn majority<'a>(keywords: impl Iterator<Item = &'a str>) -> Case {
    let (mut lower, mut upper) = (0_usize, 0_usize);
    for keyword in keywords {
        if Case::Lower.is_case_of(keyword) {
            lower += 1;
        } else if Case::Upper.is_case_of(keyword) {
            upper += 1;
        }
    }
    if lower > upper { Case::Lower } else { Case::Upper }
}
