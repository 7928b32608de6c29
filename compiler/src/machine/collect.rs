//! What the compilations of one build came to, taken together.

use std::collections::BTreeSet;

use buildkit_dockerfile::lint::Finding;

use super::{Compilation, Outcome, Part, targets};
use crate::error::Error;

/// A compilation with the target that it is of, where the build has several.
#[derive(Debug)]
pub struct Compiled {
    /// That target.
    pub target: Option<String>,
    /// What it came to.
    pub compilation: Compilation,
}

/// All compilations of a build.
#[derive(Debug)]
pub struct Collected {
    /// Those that came to a definition: all of them, unless there is an error.
    pub compilations: Vec<Compiled>,
    /// The stages that must pass, compiled as targets, which none of those builds.
    pub must_pass: Vec<Compiled>,
    /// What lint rules found, each finding once.
    pub findings: Vec<Finding>,
    /// What is wrong with the others.
    pub error: Option<Error>,
}

/// Takes the outcomes of a build's compilations together.
pub fn collect(outcomes: impl Iterator<Item = (Part, Outcome)>) -> Collected {
    let mut compilations = Vec::new();
    let mut findings = Vec::new();
    let mut errors = Vec::new();
    for (part, Outcome { result, findings: found }) in outcomes {
        findings.push(found);
        match result {
            Ok(compilation) => {
                compilations.push(Compiled { target: part.target, compilation: *compilation });
            }
            Err(error) => errors.push((part, error)),
        }
    }
    let findings = targets::merge(&findings);
    Collected { compilations, must_pass: Vec::new(), findings, error: join(errors) }
}

impl Collected {
    /// Takes over the stages that must pass.
    pub fn and_must_pass(&mut self, more: Self) {
        self.must_pass.extend(more.compilations);
        self.findings = targets::merge(&[std::mem::take(&mut self.findings), more.findings]);
        self.error = self.error.take().or(more.error);
    }
}

/// What happened to the aliases on each platform and in each target, each line once. A line that is
/// not true of all targets names those that it is of.
pub fn message(compilations: &[Compiled]) -> Option<String> {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    let mut targets = BTreeSet::new();
    for Compiled { target, compilation } in compilations {
        let target = target.as_deref().unwrap_or_default();
        targets.insert(target);
        for line in compilation.message().unwrap_or_default().lines() {
            match lines.iter_mut().find(|(known, _)| known == line) {
                Some((_, of)) if of.contains(&target) => {}
                Some((_, of)) => of.push(target),
                None => lines.push((line.to_owned(), vec![target])),
            }
        }
    }
    let mut text = String::new();
    for (line, of) in lines {
        text.push_str(&line);
        if of.len() < targets.len() {
            text.extend([" (target ", &of.join(", "), ")"]);
        }
        text.push('\n');
    }
    (!text.is_empty()).then_some(text)
}

/// The errors of several compilations as one. What is wrong with prebuilt images is told together; of
/// other errors the first one is told as if it were alone, and what is wrong elsewhere is noted.
fn join(errors: Vec<(Part, Error)>) -> Option<Error> {
    let mut errors = errors.into_iter();
    let (_, mut joined) = errors.next()?;
    let mut notes: Vec<(String, String)> = Vec::new();
    for (part, error) in errors {
        if joined.joins && error.joins {
            joined = joined.and(error);
        } else if error.message != joined.message
            && !notes.iter().any(|(_, message)| *message == error.message)
        {
            notes.push((part.describe(), error.message));
        }
    }
    let notes = notes.into_iter().map(|(part, message)| format!("{part}: {message}"));
    joined.notes = joined.notes.into_vec().into_iter().chain(notes).collect();
    Some(joined)
}

#[cfg(test)]
mod tests {
    use aliasfront_image::platform::Platform;

    use super::*;

    fn of(platform: &str, error: Error) -> (Part, Error) {
        let platform = Some(Platform::parse(platform).unwrap());
        (Part { target: None, platform }, error)
    }

    #[test]
    fn what_is_wrong_on_other_platforms_is_noted_once() {
        let error = join(vec![
            of("linux/amd64", Error::new("a")),
            of("linux/arm64", Error::new("b")),
            of("linux/arm64/v8", Error::new("b")),
            of("linux/s390x", Error::new("a")),
        ])
        .unwrap();
        assert_eq!(error.message, "a");
        assert_eq!(*error.notes, ["on linux/arm64: b".to_owned()]);
    }

    #[test]
    fn errors_of_prebuilt_images_are_one() {
        let joins = |message: &str| {
            let mut error = Error::new(message);
            error.joins = true;
            error
        };
        let error =
            join(vec![of("linux/amd64", joins("a")), of("linux/arm64", joins("b"))]).unwrap();
        assert_eq!((error.message.as_str(), error.notes.len()), ("a\nb", 0));
    }
}
