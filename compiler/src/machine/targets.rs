//! Many targets in one build: `--build-arg ALIASFRONT_TARGETS=kiro,claude`, together with
//! `ALIASFRONT_TARGETS_OUTPUT=files`.

use std::collections::{BTreeSet, HashSet};

use crate::alias::contract::{Overrides, PREFIX, TARGETS, TARGETS_OUTPUT};
use crate::error::{Error, ErrorKind};
use crate::lint::rule;
use crate::options::Options;
use buildkit_dockerfile::Lines;
use buildkit_dockerfile::lint::Finding;

const SEPARATOR: char = ',';
/// The only output that such a build can have.
const FILES: &str = "files";

/// The targets that a build asks for, besides the one of `--target`; none where it does not.
///
/// # Errors
///
/// No name, an empty one, a name that comes twice, `--target` beside them; or nothing says that the
/// result is written out as files.
pub fn parse(options: &Options) -> Result<Vec<String>, Error> {
    read(options).map_err(|error| error.kind(ErrorKind::Option))
}

fn read(options: &Options) -> Result<Vec<String>, Error> {
    let overrides = Overrides::parse(&options.build_args)?;
    let output = overrides.get(TARGETS_OUTPUT);
    if let Some(output) = output.filter(|output| *output != FILES) {
        let message = format!("{PREFIX}{TARGETS_OUTPUT}={output} is no output of many targets");
        return Err(Error::new(message).hint(format!(
            "write {PREFIX}{TARGETS_OUTPUT}={FILES}, and --output type=local,dest=<directory> or type=tar; for images \
             use docker buildx bake"
        )));
    }
    // Of other arguments an empty one is none; here it would be another build than was asked for.
    let Some(list) = options.build_args.get(&format!("{PREFIX}{TARGETS}")) else {
        return Ok(Vec::new());
    };
    let hint = format!("write {PREFIX}{TARGETS}=one,two: names of stages, each once");
    if let Some(target) = &options.target {
        let message = format!("both --target {target} and {PREFIX}{TARGETS}={list} are given");
        return Err(Error::new(message).hint("omit one of them"));
    }
    if list.trim().is_empty() {
        let message = format!("{PREFIX}{TARGETS} is empty");
        return Err(Error::new(message).hint(format!("{hint}; or omit the argument")));
    }
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    for name in list.split(SEPARATOR).map(str::trim) {
        // Names of stages are the same in any case.
        let name = name.to_lowercase();
        if name.is_empty() {
            let message = format!("{PREFIX}{TARGETS}={list} has an empty name");
            return Err(Error::new(message).hint(hint));
        }
        if !seen.insert(name.clone()) {
            let message = format!("{PREFIX}{TARGETS}={list} names {name} twice");
            return Err(Error::new(message).hint(hint));
        }
        names.push(name);
    }
    // The frontend never learns which exporter takes the result.
    if output.is_none() {
        let message = format!(
            "{PREFIX}{TARGETS}={list} is for files, and nothing says that files are what comes out: an exporter of \
             images would make one index of the targets, as if they were platforms"
        );
        return Err(Error::new(message).hint(format!(
            "for files, add --build-arg {PREFIX}{TARGETS_OUTPUT}={FILES} to --output type=local,dest=<directory> or \
             type=tar; for images, use docker buildx bake"
        )));
    }
    Ok(names)
}

/// The findings of all targets and platforms as those of one build: each once, and an argument is unused
/// where no target uses it.
pub fn merge(of_each: &[Vec<Finding>]) -> Vec<Finding> {
    if let [only] = of_each {
        return only.clone();
    }
    let mut seen = HashSet::new();
    let mut merged: Vec<&Finding> = Vec::new();
    for findings in of_each {
        merged.extend(findings.iter().filter(|finding| !seen.contains(&key(finding))));
        // What one compilation finds twice, as in two words of an instruction, is told twice.
        seen.extend(findings.iter().map(key));
    }
    merged.retain(|finding| {
        finding.rule.name != rule::unused_build_arg::RULE.name
            || of_each.iter().all(|findings| findings.contains(finding))
    });
    merged.into_iter().cloned().collect()
}

/// What makes two findings the same.
fn key(finding: &Finding) -> (&str, &str, &[Lines]) {
    (finding.rule.name, &finding.message, &finding.lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(list: &str, target: Option<&str>) -> Result<Vec<String>, String> {
        written(list, target, Some("files"))
    }

    fn written(list: &str, target: Option<&str>, to: Option<&str>) -> Result<Vec<String>, String> {
        let mut options = Options { target: target.map(str::to_owned), ..Options::default() };
        let args = &mut options.build_args;
        args.insert("ALIASFRONT_TARGETS".to_owned(), list.to_owned());
        args.extend(to.map(|to| ("ALIASFRONT_TARGETS_OUTPUT".to_owned(), to.to_owned())));
        parse(&options).map_err(|error| error.message)
    }

    #[test]
    fn names_are_listed() {
        assert_eq!(given("kiro", None).unwrap(), ["kiro"]);
        assert_eq!(given("kiro, Claude", None).unwrap(), ["kiro", "claude"]);
    }

    #[test]
    fn lists_that_cannot_be_meant_are_errors() {
        for (list, target, message) in [
            ("", None, "ALIASFRONT_TARGETS is empty"),
            (" ", None, "ALIASFRONT_TARGETS is empty"),
            ("a,,b", None, "has an empty name"),
            (",", None, "has an empty name"),
            ("a,b,A", None, "names a twice"),
            ("a", Some("b"), "both --target b and"),
        ] {
            let error = given(list, target).unwrap_err();
            assert!(error.contains(message), "{list}: {error}");
        }
    }

    #[test]
    fn the_output_has_to_be_files() {
        assert!(written("a", None, Some("files")).is_ok());
        for output in [None, Some("image"), Some("")] {
            let error = written("a", None, output).unwrap_err();
            assert!(error.contains("ALIASFRONT_TARGETS"), "{output:?}: {error}");
        }
    }

    #[test]
    fn findings_of_targets_are_merged() {
        let finding =
            |rule, message: &str| Finding { rule, message: message.to_owned(), lines: Vec::new() };
        let stale = finding(&rule::alias_stale::RULE, "stale");
        let leak = finding(&rule::alias_leak::RULE, "leak");
        let unused = finding(&rule::unused_build_arg::RULE, "A");
        let used = finding(&rule::unused_build_arg::RULE, "B");
        let merged = merge(&[
            vec![stale.clone(), stale.clone(), unused.clone(), used],
            vec![leak.clone(), stale.clone(), unused.clone()],
        ]);
        assert_eq!(merged, [stale.clone(), stale, unused, leak]);
    }
}
