//! Stages that must pass before a build has its result: what the comments above a stage say.
//!
//! ```dockerfile
//! # stage needs=test,lint
//! FROM debian AS app
//! ```
//!
//! Other frontends take them for comments. Nothing of the stage depends on those that it needs so: they are built
//! beside it, each as if it were a target.

use std::collections::HashMap;
use std::rc::Rc;

use buildkit_dockerfile::{Comments, Dockerfile, Lines, suggest};

use super::{Graph, NodeId};
use crate::arena::Id as _;
use crate::error::Error;

/// The word that the comment starts with.
const WORD: &str = "stage";
/// What follows it, before the names of stages.
const NAME: &str = "needs";
/// How it is written.
const FORM: &str =
    "write # stage needs=NAME, with several names # stage needs=NAME,NAME, without spaces";

/// That a stage needs another one to pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The other stage.
    pub to: NodeId,
    /// The line of the comment.
    pub lines: Lines,
    /// The comment.
    pub text: Rc<str>,
}

/// What stages need to pass.
pub(super) type Needs = HashMap<NodeId, Vec<Need>>;

impl Graph {
    /// The stages that must pass where a stage is built.
    pub fn needs(&self, id: NodeId) -> &[Need] {
        self.needs.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Reads what the comments say that stages need to pass.
    ///
    /// # Errors
    ///
    /// A comment that is misspelt or above no `FROM`, a stage that isn't there, stages that need each other.
    pub fn read_needs(&mut self, dockerfile: &Dockerfile) -> Result<(), Error> {
        let of_args = dockerfile.global_args.iter().map(|arg| &arg.comments);
        let instructions = dockerfile.stages.iter().flat_map(|stage| &stage.instructions);
        for comments in of_args.chain(instructions.map(|instruction| &instruction.comments)) {
            comments.placed().try_for_each(|(text, lines)| check_loose(text, lines))?;
        }
        for comment in &dockerfile.loose_comments {
            check_loose(&comment.text, Lines::new(comment.line, comment.line))?;
        }
        for (index, stage) in dockerfile.stages.iter().enumerate() {
            let needs = self.needs_in(&stage.comments)?;
            if !needs.is_empty() {
                self.needs.insert(NodeId::from_index(index), needs);
            }
        }
        self.check_circles()
    }

    fn needs_in(&self, comments: &Comments) -> Result<Vec<Need>, Error> {
        let mut needs: Vec<Need> = Vec::new();
        for (comment, lines) in comments.placed() {
            let comment = bare(comment);
            let names = match read(comment) {
                Read::Prose => continue,
                Read::Names(names) => names,
                Read::Misspelt(meant) => {
                    return Err(misspelt(comment, &meant).at(lines));
                }
                Read::WithoutEquals(name) => {
                    // Prose, unless the name is a stage's.
                    if name.split(',').any(|name| self.find(name).is_none()) {
                        continue;
                    }
                    return Err(misspelt(comment, &format!("{WORD} {NAME}={name}")).at(lines));
                }
            };
            let text: Rc<str> = format!("# {comment}").into();
            for name in names {
                if name.is_empty() {
                    let message = format!("no stage is named in the comment {comment:?}");
                    return Err(Error::new(message).at(lines).hint(FORM));
                }
                let Some(to) = self.find(name).filter(|id| self[*id].declared.is_some()) else {
                    let message = format!("{NAME}={name}: there is no such stage");
                    let message = suggest::did_you_mean(message, name, self.labels(), false);
                    return Err(Error::new(message)
                        .at(lines)
                        .hint("name a stage of this Dockerfile, as it is called after AS"));
                };
                if needs.iter().all(|need| need.to != to) {
                    needs.push(Need { to, lines, text: Rc::clone(&text) });
                }
            }
        }
        Ok(needs)
    }

    /// Fails where stages need each other to pass. That a stage builds on one that needs it is fine: they are built
    /// beside each other.
    fn check_circles(&self) -> Result<(), Error> {
        // Stages of which all that they need is looked at.
        let mut done = self.nodes().map(|_| false);
        for start in self.ids() {
            let mut path: Vec<(NodeId, usize)> = vec![(start, 0)];
            let mut open = std::collections::HashSet::from([start]);
            while let Some((id, next)) = path.last_mut() {
                let id = *id;
                let need = self.needs(id).get(*next).filter(|_| !done[id]);
                let Some(need) = need else {
                    done[id] = true;
                    open.remove(&id);
                    path.pop();
                    continue;
                };
                *next += 1;
                if open.insert(need.to) {
                    path.push((need.to, 0));
                    continue;
                }
                let mut names: Vec<&str> = Vec::new();
                let mut error = Error::new("");
                let begins = path.iter().position(|(id, _)| *id == need.to).unwrap_or_default();
                for (id, next) in &path[begins..] {
                    names.push(&self[*id].label);
                    error = error.and_at(self.needs(*id)[next - 1].lines);
                }
                names.push(&self[need.to].label);
                error.message =
                    format!("stages need each other to pass: {}", names.join(" needs "));
                return Err(error.hint("omit one of the comments"));
            }
        }
        Ok(())
    }
}

/// What a comment says.
#[derive(Debug, PartialEq, Eq)]
enum Read<'a> {
    /// Something else.
    Prose,
    /// That these stages must pass.
    Names(Vec<&'a str>),
    /// The same, surely, if it were written like this.
    Misspelt(String),
    /// The same, if these are names of stages.
    WithoutEquals(&'a str),
}

fn bare(comment: &str) -> &str {
    // The text of an indented comment starts with its `#`.
    comment.trim_start_matches(['#', ' ', '\t'])
}

fn read(comment: &str) -> Read<'_> {
    let mut words = comment.split_whitespace();
    let first = words.next().unwrap_or_default();
    let rest: Vec<&str> = words.collect();
    let is_needs = |name: &str| {
        name.eq_ignore_ascii_case(NAME) || suggest::closest(name, [NAME], false).is_some()
    };
    let is_pair = |word: &&&str| word.split_once('=').is_some_and(|(name, _)| is_needs(name));
    let is_word =
        first.trim_end_matches(|c: char| c.is_ascii_punctuation()).eq_ignore_ascii_case(WORD)
            || suggest::closest(first, [WORD], false).is_some();
    if let [second, more @ ..] = rest.as_slice()
        && is_word
        && is_pair(&second)
    {
        let (name, names) = second.split_once('=').unwrap_or_default();
        if first == WORD && name == NAME && more.is_empty() {
            return Read::Names(names.split(',').collect());
        }
        let all: Vec<&str> = std::iter::once(names).chain(more.iter().copied()).collect();
        let names = all.join(",").replace(",,", ",");
        return Read::Misspelt(format!("{WORD} {NAME}={names}"));
    }
    match (first, rest.as_slice()) {
        // Without the word, or without the space behind it.
        (pair, []) if is_pair(&&pair) && pair.starts_with(NAME) => {
            Read::Misspelt(format!("{WORD} {pair}"))
        }
        (pair, []) if pair.starts_with(WORD) && pair.contains("needs=") => {
            let names = pair.split_once('=').unwrap_or_default().1;
            Read::Misspelt(format!("{WORD} {NAME}={names}"))
        }
        (WORD, [needs, names]) if needs.trim_end_matches([':', '=']) == NAME => {
            Read::WithoutEquals(names.trim_start_matches('='))
        }
        _ => Read::Prose,
    }
}

fn misspelt(comment: &str, meant: &str) -> Error {
    Error::new(format!(
        "the comment {comment:?} names no stage that must pass (did you mean {meant}?)"
    ))
    .hint(FORM)
}

fn check_loose(comment: &str, lines: Lines) -> Result<(), Error> {
    match read(bare(comment)) {
        Read::Names(_) => {
            Err(Error::new("what a stage needs to pass is not above its FROM").at(lines).hint(
                "put it on the line right above the stage's FROM, with no empty comment in between",
            ))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_read() {
        for names in ["test", "test,lint", "test,"] {
            let expected = Read::Names(names.split(',').collect());
            assert_eq!(read(&format!("stage needs={names}")), expected);
        }
        for (comment, meant) in [
            ("stage need=test", "stage needs=test"),
            ("stage NEEDS=test", "stage needs=test"),
            ("Stage needs=test", "stage needs=test"),
            ("stage: needs=test", "stage needs=test"),
            ("stages needs=test", "stage needs=test"),
            ("stage needs=test, lint", "stage needs=test,lint"),
            ("stage needs=test lint", "stage needs=test,lint"),
            ("needs=test", "stage needs=test"),
            ("stage:needs=test", "stage needs=test"),
        ] {
            assert_eq!(read(comment), Read::Misspelt(meant.to_owned()), "{comment}");
        }
        assert_eq!(read("stage needs test"), Read::WithoutEquals("test"));
        assert_eq!(read("stage needs: test"), Read::WithoutEquals("test"));
        for prose in [
            "",
            "stage",
            "the stage needs=test",
            "stage needs network access",
            "this stage is needed",
            "alias require=/a",
            "needs a shell",
            "stage of the build=x",
            "check=skip=all",
        ] {
            assert_eq!(read(prose), Read::Prose, "{prose}");
        }
    }
}
