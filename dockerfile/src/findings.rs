//! What the rules that need only the text found, whether or not they are to run.

use crate::comments::Comments;
use crate::lint::{Config, Finding};

/// What a rule that needs only the text found, whether or not it is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFinding {
    /// The finding.
    pub finding: Finding,
    /// The comments above the instruction, which may say that the rule is not to run; empty for rules
    /// that do not heed them.
    pub comments: Comments,
}

impl TextFinding {
    /// Whether the rule runs under `config` and the comments.
    pub fn runs(&self, config: &Config) -> bool {
        config.runs_at(self.finding.rule, &self.comments)
    }
}

/// Those whose rules run under `config`.
pub(crate) fn running(findings: &[TextFinding], config: &Config) -> Vec<Finding> {
    let running = findings.iter().filter(|found| found.runs(config));
    running.map(|found| found.finding.clone()).collect()
}
