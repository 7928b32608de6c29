//! Git repositories as contexts and sources.

use crate::error::Error;
use crate::image::git::GitRef;

/// A git repository that is used as a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitContext {
    /// The parsed address.
    pub reference: GitRef,
    /// Whether `.git` is kept.
    pub keep_git_dir: bool,
    /// Whether files get the time of the commit.
    pub commit_time: bool,
    /// The address as it was given, for the step's name.
    pub given: String,
}

impl GitContext {
    /// Reads `text` as the address of a git repository; `None` where it is none.
    ///
    /// # Errors
    ///
    /// It is one, but cannot be read.
    pub fn detect(text: &str, keep_git_dir: bool, commit_time: bool) -> Result<Option<Self>, Error> {
        let Some(parsed) = GitRef::parse(text) else { return Ok(None) };
        let reference = parsed?;
        let keep_git_dir = keep_git_dir || reference.keep_git_dir == Some(true);
        Ok(Some(Self { reference, keep_git_dir, commit_time, given: text.to_owned() }))
    }
}
