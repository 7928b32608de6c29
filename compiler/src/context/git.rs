//! Git repositories as contexts and sources.

use buildkit_llb::{Git, Source};

use crate::error::Error;
use aliasfront_image::git::GitRef;

/// The policy that gives files the time of their commit.
const COMMIT_TIME: &str = "commit";

/// Whether a name in a repository can only be a commit: its hash in full.
pub fn is_commit(name: &str) -> bool {
    const LENGTHS: [usize; 2] = [40, 64];
    LENGTHS.contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

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
    pub fn detect(
        text: &str,
        keep_git_dir: bool,
        commit_time: bool,
    ) -> Result<Option<Self>, Error> {
        let Some(parsed) = GitRef::parse(text) else { return Ok(None) };
        let reference = parsed?;
        let keep_git_dir = keep_git_dir || reference.keep_git_dir == Some(true);
        Ok(Some(Self { reference, keep_git_dir, commit_time, given: text.to_owned() }))
    }

    /// The commit, where the address names one.
    pub fn commit(&self) -> Option<&str> {
        [self.reference.checksum.as_str(), self.reference.reference.as_str()]
            .into_iter()
            .find(|name| is_commit(name))
    }

    /// The repository as a source.
    pub fn to_source(&self) -> Git {
        let reference = &self.reference;
        let checksum = Some(reference.checksum.as_str()).filter(|checksum| !checksum.is_empty());
        let source = to_source(reference, self.keep_git_dir, checksum);
        match reference.mtime.as_str() {
            "" if self.commit_time => source.mtime(COMMIT_TIME),
            "" => source,
            mtime => source.mtime(mtime),
        }
    }
}

/// A repository as a source. What is kept of `.git`, and the checksum, are the caller's to say:
/// flags may override what the address says.
pub fn to_source(reference: &GitRef, keep_git_dir: bool, checksum: Option<&str>) -> Git {
    let mut git =
        Source::git(&reference.remote).reference(&reference.reference).keep_git_dir(keep_git_dir);
    if let Some(checksum) = checksum {
        git = git.checksum(checksum);
    }
    if !reference.subdir.is_empty() {
        git = git.subdir(&reference.subdir);
    }
    if reference.submodules == Some(false) {
        git = git.skip_submodules();
    }
    if reference.fetch_by_commit {
        git = git.fetch_by_commit();
    }
    git
}
