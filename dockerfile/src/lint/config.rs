//! Which rules run.

use std::collections::BTreeSet;

use aliasfront_gotext::boolean::parse_bool;
use aliasfront_gotext::quote::quote;

use crate::error::Error;
use crate::lint::Rule;

/// Which rules run (`# check=`, `BUILDKIT_DOCKERFILE_CHECK`, comments above instructions).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// Rules that do not run.
    pub skip: BTreeSet<String>,
    /// No rule runs.
    pub skip_all: bool,
    /// Experimental rules that run.
    pub experimental: BTreeSet<String>,
    /// Every experimental rule runs.
    pub experimental_all: bool,
    /// A finding fails the build.
    pub error: bool,
}

impl Config {
    /// Reads options like `skip=JSONArgsRecommended,StageNameCasing;error=true`.
    ///
    /// The keys are `skip` and `experimental`, each with a list of rules or `all`, and `error` with
    /// a truth value. Of a key that is given twice the last one counts.
    ///
    /// # Errors
    /// Where a key is unknown or a value isn't what it should be.
    pub fn parse(options: &str) -> Result<Self, Error> {
        let mut config = Self::default();
        let options = options.trim();
        if options.is_empty() {
            return Ok(config);
        }
        for option in options.splitn(3, ';') {
            let Some((key, value)) = option.split_once('=') else {
                return Err(invalid(option));
            };
            let value = value.trim();
            match key.trim() {
                "skip" if value == "all" => config.skip_all = true,
                "skip" => config.skip = list(value),
                "experimental" if value == "all" => config.experimental_all = true,
                "experimental" => config.experimental = list(value),
                "error" => {
                    config.error = parse_bool(value).ok_or_else(|| {
                        Error::new(format!(
                            "failed to parse check option {}: strconv.ParseBool: parsing {}: \
                             invalid syntax",
                            quote(option),
                            quote(value)
                        ))
                    })?;
                }
                key => return Err(invalid(key)),
            }
        }
        Ok(config)
    }

    /// Whether `rule` runs.
    pub fn runs(&self, rule: &Rule) -> bool {
        if rule.experimental { self.wants(rule) } else { !self.skips(rule) }
    }

    /// Whether it says that `rule` is not to run.
    pub(crate) fn skips(&self, rule: &Rule) -> bool {
        self.skip_all || self.skip.contains(rule.name)
    }

    /// Whether it asks for `rule`, an experimental one.
    pub(crate) fn wants(&self, rule: &Rule) -> bool {
        self.experimental_all || self.experimental.contains(rule.name)
    }
}

fn list(value: &str) -> BTreeSet<String> {
    value.split(',').map(|name| name.trim().to_owned()).collect()
}

fn invalid(option: &str) -> Error {
    Error::new(format!("invalid check option {}", quote(option)))
        .hint("the options are skip=, experimental= and error=, with ; between them")
}

#[cfg(test)]
mod tests {
    use super::Config;
    use crate::comments::{Comments, LooseComment};
    use crate::lint::rule::{invalid_definition_description, maintainer_deprecated};

    fn parse(options: &str) -> Config {
        Config::parse(options).unwrap()
    }

    #[test]
    fn options() {
        assert_eq!(parse("  "), Config::default());
        assert_eq!(
            parse(" skip = A, B ; experimental=all;error=1"),
            Config {
                skip: ["A".into(), "B".into()].into(),
                experimental_all: true,
                error: true,
                ..Config::default()
            }
        );
        assert_eq!(parse("skip=all"), Config { skip_all: true, ..Config::default() });
    }

    #[test]
    fn wrong_options() {
        for (options, message) in [
            ("skip", "invalid check option \"skip\""),
            ("skip=A;", "invalid check option \"\""),
            ("warn = 1", "invalid check option \"warn\""),
            (
                "error=maybe",
                "failed to parse check option \"error=maybe\": strconv.ParseBool: parsing \
                 \"maybe\": invalid syntax",
            ),
            (
                "skip=A;skip=B;error=true;skip=C",
                "failed to parse check option \"error=true;skip=C\": strconv.ParseBool: parsing \
                 \"true;skip=C\": invalid syntax",
            ),
        ] {
            assert_eq!(Config::parse(options).unwrap_err().message, message, "{options}");
        }
    }

    #[test]
    fn which_rules_run() {
        let (stable, experimental) =
            (&maintainer_deprecated::RULE, &invalid_definition_description::RULE);
        for (options, comment, runs) in [
            ("", "", (true, false)),
            ("skip=MaintainerDeprecated", "", (false, false)),
            ("skip=all", "", (false, false)),
            ("skip=all;experimental=InvalidDefinitionDescription", "", (false, true)),
            ("experimental=all", "", (true, true)),
            ("", "check=skip=MaintainerDeprecated", (false, false)),
            ("", "Check = skip=all", (false, false)),
            ("", "check=skip=all and why", (false, false)),
            ("", "check=experimental=all", (true, true)),
            ("", "check=nonsense", (true, false)),
            ("", "syntax=skip=all", (true, false)),
            ("", "a comment", (true, false)),
        ] {
            let comments =
                Comments::from_iter([LooseComment { line: 1, text: comment.to_owned() }]);
            let config = parse(options);
            let running = [stable, experimental].map(|rule| config.runs_at(rule, &comments));
            assert_eq!(<(bool, bool)>::from(running), runs, "{options} {comment}");
        }
    }
}
