//! `ADD`

use aliasfront_gotext::path;
use buildkit_dockerfile::instruction::Add;

use super::copy::{AddOptions, Request};
use super::step::Files;
use super::{Evaluator, Stage};
use crate::context::main::is_http;
use crate::error::Error;
use crate::graph::Command;
use crate::wildcard::Wildcards;
use aliasfront_image::git::{self, GitRef};

impl Evaluator<'_, '_> {
    pub(super) fn add(
        &mut self,
        stage: &mut Stage,
        command: &Command,
        add: &Add,
    ) -> Result<(), Error> {
        let chown = self.optional(stage, command, add.chown.as_ref())?;
        let chmod = self.optional(stage, command, add.chmod.as_ref())?;
        let checksum = self.optional(stage, command, add.checksum.as_ref())?;
        let (sources, destination) = self.paths(stage, command, &add.files)?;
        let contents = self.contents(stage, command, &add.files.contents)?;
        if !checksum.is_empty() {
            check_checksum(&sources).map_err(|error| match &add.checksum {
                Some(word) => error.span(word.span),
                None => error,
            })?;
        }
        self.report_keep_git_dir(command, add.keep_git_dir == Some(true), &sources);
        let request = Request {
            keyword: "ADD",
            sources,
            contents,
            destination,
            chown,
            chmod,
            exclude: add.exclude.iter().map(|word| word.text.clone()).collect(),
            link: add.link,
            parents: false,
            from: Files::Context,
            from_word: None,
            from_context: true,
            add: Some(AddOptions { checksum, keep_git_dir: add.keep_git_dir, unpack: add.unpack }),
        };
        self.copy_files(stage, command, &request)?;
        // Every source that is no web address counts as a path of the context, git addresses
        // included: the set is part of the context's digest.
        for (source, _) in request.sources.iter().filter(|(source, _)| !is_http(source)) {
            self.use_context(stage, command, path::join(&["/", source]), Wildcards::Names);
        }
        Ok(())
    }
}

/// A checksum is for one remote source.
fn check_checksum<W>(sources: &[(String, W)]) -> Result<(), Error> {
    let [(source, _)] = sources else {
        return Err(Error::new("checksum can't be specified for multiple sources")
            .hint("use an ADD for each of them"));
    };
    let is_git = matches!(GitRef::parse(source), Some(Ok(_)));
    if !git::is_http_source(source) && !is_git {
        return Err(Error::new("checksum requires HTTP(S) or Git sources"));
    }
    Ok(())
}
