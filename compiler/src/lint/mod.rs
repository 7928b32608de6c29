//! Collects what lint rules find in one compilation.

pub mod file_tests;
pub mod rule;
mod script;
pub mod shell;
pub mod text;

use buildkit_dockerfile::lint::{Config, Finding, Rule};
use buildkit_dockerfile::{Comments, Lines};

use self::rule::is_own;
use crate::budget::Checks;
use crate::error::{Error, ErrorKind};

/// The findings of a compilation, filtered by the configuration in force where they are made.
#[derive(Debug, Clone, Default)]
pub struct Linter {
    config: Config,
    /// Whether the reference's rules run. The project's own always do.
    enabled: bool,
    findings: Vec<Finding>,
    checks: Checks,
}

impl Linter {
    /// A linter that runs the rules of `config`.
    pub fn new(config: Config) -> Self {
        Self { config, enabled: true, ..Self::default() }
    }

    /// A linter that runs only the project's own rules of `config`: for the further platforms of a
    /// build, where the text is the same, and the images are others.
    pub fn own(config: Config) -> Self {
        Self { config, ..Self::default() }
    }

    /// Whether it runs the reference's rules.
    pub fn is_on(&self) -> bool {
        self.enabled
    }

    /// Whether `rule` runs at an instruction with these comments above it.
    pub fn runs(&self, rule: &Rule, comments: &Comments) -> bool {
        self.enabled && self.config.runs_at(rule, comments)
    }

    /// What its checks may still compare.
    pub fn checks(&self) -> &Checks {
        &self.checks
    }

    /// Takes over findings that were filtered already.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        if self.enabled {
            self.findings.extend(findings);
        }
    }

    /// Reports a finding at an instruction with these comments above it, where the rule runs there.
    pub fn report(
        &mut self,
        rule: &'static Rule,
        message: String,
        lines: impl Into<Option<Lines>>,
        comments: &Comments,
    ) {
        if self.runs(rule, comments) {
            let lines = lines.into().into_iter().collect();
            self.findings.push(Finding { rule, message, lines });
        }
    }

    /// Reports a finding of the project's own rules, on every platform of a build. Those never fail it:
    /// what the stock frontend builds, this one builds.
    pub fn note(
        &mut self,
        rule: &'static Rule,
        message: String,
        lines: Lines,
        comments: &Comments,
    ) {
        if self.config.runs_at(rule, comments) {
            self.findings.push(Finding { rule, message, lines: vec![lines] });
        }
    }

    /// Whether a rule of the project's own runs at an instruction with these comments above it.
    pub fn notes(&self, rule: &Rule, comments: &Comments) -> bool {
        self.config.runs_at(rule, comments)
    }

    /// Reports a finding of the project's own rules that is about no line.
    pub fn note_nowhere(&mut self, rule: &'static Rule, message: String) {
        if self.config.runs_at(rule, &Comments::default()) {
            self.findings.push(Finding { rule, message, lines: Vec::new() });
        }
    }

    /// Replaces the text of each finding by what `show` makes of it.
    pub fn show(&mut self, show: impl Fn(&str) -> String) {
        for finding in &mut self.findings {
            finding.message = show(&finding.message);
        }
    }

    /// The configuration without any instruction's comments.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What was found, in order.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The findings, for the result.
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// Fails where the configuration makes findings errors and there are some.
    pub fn verdict(&self) -> Result<(), Error> {
        let of_reference = self.findings.iter().filter(|finding| !is_own(finding.rule));
        let mut rules: Vec<&str> = of_reference.map(|finding| finding.rule.name).collect();
        if !self.config.error || rules.is_empty() {
            return Ok(());
        }
        aliasfront_gotext::sort::stable_by(&mut rules, Ord::cmp);
        rules.dedup();
        Err(Error::new(format!("lint violation found for rules: {}", rules.join(", ")))
            .kind(ErrorKind::Lint))
    }
}
