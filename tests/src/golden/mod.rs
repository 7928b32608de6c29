//! The golden corpus: its cases, what the reference did with each, and how a frontend compares to that.

mod case;
mod compare;
mod expected;

pub use self::case::{Case, save};
pub use self::compare::{Difference, Strictness, compare, remarks};
pub use self::expected::{Expected, ExpectedForward, ExpectedVertex, ExpectedWarning};

/// The lint rules of the reference (v0.32.2). A frontend may have more: those aren't compared.
pub const REFERENCE_RULES: [&str; 22] = [
    "StageNameCasing",
    "FromAsCasing",
    "NoEmptyContinuation",
    "ConsistentInstructionCasing",
    "DuplicateStageName",
    "ReservedStageName",
    "JSONArgsRecommended",
    "MaintainerDeprecated",
    "UndefinedArgInFrom",
    "WorkdirRelativePath",
    "UndefinedVar",
    "MultipleInstructionsDisallowed",
    "LegacyKeyValueFormat",
    "InvalidBaseImagePlatform",
    "RedundantTargetPlatform",
    "SecretsUsedInArgOrEnv",
    "InvalidDefaultArgInFrom",
    "FromPlatformFlagConstDisallowed",
    "CopyIgnoredFile",
    "InvalidDefinitionDescription",
    "ExposeProtoCasing",
    "ExposeInvalidFormat",
];
