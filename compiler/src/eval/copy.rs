//! `COPY`, and what it shares with `ADD`

use std::borrow::Cow;

use aliasfront_gotext::integer::parse_octal;
use aliasfront_gotext::path;
use aliasfront_gotext::quote::quote;
use buildkit_dockerfile::expand::Expander;
use buildkit_dockerfile::instruction::{Copy, Heredoc, Operands};
use buildkit_dockerfile::lint::rule;
use buildkit_dockerfile::{Span, Word};
use buildkit_proto::caps;

use super::step::{Action, CopyAction, FileStep, Files, Mode, Step, StepKind};
use super::{Evaluator, Stage, capability};
use crate::error::Error;
use crate::graph::Command;
use crate::wildcard::{Wildcards, first_wildcard};
use aliasfront_image::git::{self, GitRef};
use aliasfront_image::mode::SymbolicMode;
use aliasfront_image::system::System;

/// The mode of the file that a heredoc becomes.
const HEREDOC_MODE: u32 = 0o644;
/// The highest octal mode: permissions, sticky, set-group-id and set-user-id.
const MAX_MODE: u32 = 0o7777;

/// Expanded paths and addresses, each with its word for errors.
pub(super) type Sources<'w> = Vec<(String, &'w Word)>;

/// What `COPY` and `ADD` say, expanded.
pub(super) struct Request<'a> {
    /// `COPY` or `ADD`.
    pub keyword: &'static str,
    /// Paths and addresses.
    pub sources: Sources<'a>,
    /// Heredocs, expanded.
    pub contents: Vec<Heredoc>,
    pub destination: String,
    pub chown: String,
    pub chmod: String,
    pub exclude: Vec<String>,
    pub link: bool,
    pub parents: bool,
    /// Where paths are from.
    pub from: Files,
    /// How the Dockerfile names that.
    pub from_word: Option<&'a Word>,
    /// Whether paths are from the main context, whose `.dockerignore` may leave them out.
    pub from_context: bool,
    /// What only `ADD` has.
    pub add: Option<AddOptions>,
}

/// What only `ADD` says, expanded.
pub(super) struct AddOptions {
    pub checksum: String,
    pub keep_git_dir: Option<bool>,
    pub unpack: Option<bool>,
}

impl Evaluator<'_, '_> {
    pub(super) fn copy(
        &mut self,
        stage: &mut Stage,
        command: &Command,
        copy: &Copy,
    ) -> Result<(), Error> {
        let chown = self.optional(stage, command, copy.chown.as_ref())?;
        let chmod = self.optional(stage, command, copy.chmod.as_ref())?;
        let (sources, destination) = self.paths(stage, command, &copy.files)?;
        let contents = self.contents(stage, command, &copy.files.contents)?;
        let source = command.sources.first().copied();
        let from = match source {
            None => Files::Context,
            Some(source) => self.files_of(stage, source).ok_or_else(|| {
                let from = copy.from.as_ref().map_or("", |from| from.text.as_str());
                let label = &self.graph[stage.id].label;
                let error = Error::new(format!(
                    "cannot copy from stage {}, it needs to be defined before current stage {}",
                    quote(from),
                    quote(label)
                ));
                error.hint("move the stage up, before the one that copies from it")
            })?,
        };
        let request = Request {
            keyword: "COPY",
            sources,
            contents,
            destination,
            chown,
            chmod,
            exclude: copy.exclude.iter().map(|word| word.text.clone()).collect(),
            link: copy.link,
            parents: copy.parents,
            from,
            from_word: copy.from.as_ref(),
            from_context: source.is_none(),
            add: None,
        };
        self.copy_files(stage, command, &request)?;

        let paths = request.sources.iter().map(|(path, _)| path::join(&["/", path]));
        let wildcards = if copy.parents { Wildcards::Directories } else { Wildcards::Names };
        match source {
            None => {
                paths.for_each(|path| self.use_context(stage, command, path, wildcards));
            }
            Some(Some(id)) => self.use_paths(stage, command, id, paths, wildcards),
            Some(None) => {}
        }
        Ok(())
    }

    /// The instruction's text for a name: what it takes from, where that is expanded from global
    /// arguments, which the stage's environment knows nothing of.
    fn text<'c>(
        &mut self,
        command: &'c Command,
        request: &Request<'_>,
    ) -> Result<Cow<'c, str>, Error> {
        let source = command.instruction.source.as_str();
        let Some(from) = request.from_word.filter(|from| from.text.contains('$')) else {
            return Ok(source.into());
        };
        let globals = &self.given.globals.env;
        Ok(match self.budget.expand(self.expander, &from.text, globals)? {
            Ok(expanded) => source.replacen(&from.text, &expanded.text, 1).into(),
            Err(_) => source.into(),
        })
    }

    /// The expanded sources and destination.
    pub(super) fn paths<'w>(
        &mut self,
        stage: &Stage,
        command: &Command,
        files: &'w Operands,
    ) -> Result<(Sources<'w>, String), Error> {
        let mut sources = Vec::with_capacity(files.sources.len());
        for word in &files.sources {
            sources.push((self.word(stage, command, word)?, word));
        }
        Ok((sources, self.word(stage, command, &files.destination)?))
    }

    /// The heredocs, with variables expanded where their delimiters are not quoted; quotes in them
    /// have no meaning, and the escape character is always the backslash.
    pub(super) fn contents(
        &mut self,
        stage: &Stage,
        command: &Command,
        contents: &[Heredoc],
    ) -> Result<Vec<Heredoc>, Error> {
        let expander = Expander { skip_process_quotes: true, ..Expander::new('\\') };
        let mut expanded = contents.to_vec();
        for heredoc in &mut expanded {
            if heredoc.expand {
                let content = &heredoc.content;
                let content = self.expand(expander, stage, command, content, Span::default())?;
                heredoc.content = content.into();
            } else {
                // Heredocs share bodies, the files that they become don't.
                self.budget.charge(heredoc.content.len())?;
            }
        }
        Ok(expanded)
    }

    /// The steps and the history entry of `COPY` and `ADD`.
    pub(super) fn copy_files(
        &mut self,
        stage: &mut Stage,
        command: &Command,
        request: &Request<'_>,
    ) -> Result<(), Error> {
        let destination =
            stage.system().path_relative_to_workdir(&stage.directory, &request.destination)?;
        let mode = parse_mode(&request.chmod)?;
        capability::check_copy(self.given.caps(), request, mode.as_ref())?;
        self.report_tilde(command, &request.destination);
        let platform = stage.platform.clone();
        let text = self.text(command, request)?;
        let title = self.title(self.expander, &text, &*stage.env)?;
        let env = std::rc::Rc::clone(&stage.env);
        let number = |evaluator: &Self, stage: &mut Stage, text: &str| {
            evaluator.numbered(stage, text, platform.as_ref(), Some(&env), command.trigger)
        };
        let name = number(self, stage, &title);

        let template = CopyAction {
            destination: destination.clone(),
            owner: (!request.chown.is_empty()).then(|| request.chown.clone()),
            mode,
            exclude: request.exclude.clone(),
            ..CopyAction::default()
        };
        let mut actions = Vec::with_capacity(request.sources.len() + request.contents.len());
        let mut remote = request.remote();
        let excluded: usize = request.exclude.iter().map(String::len).sum();
        for (source, word) in &request.sources {
            self.budget.charge(destination.len() + excluded)?;
            let action = self
                .source(stage, command, request, source, &name, &mut remote, &template)
                .map_err(|error| error.span(word.span))?;
            actions.push(Action::Copy(Box::new(action)));
        }
        for heredoc in &request.contents {
            let source = stage.system().without_drive(&heredoc.name, false)?;
            let from = self.inline_document(stage, &source, HEREDOC_MODE, &heredoc.content);
            actions.push(Action::Copy(Box::new(CopyAction { from, source, ..template.clone() })));
        }

        let can_merge = self.given.caps().has(caps::MERGE_OP);
        stage.files = if request.link && can_merge && request.chmod.is_empty() {
            // Both vertices have the number of the one instruction.
            stage.numbered = stage.numbered.saturating_sub(1);
            let name = number(self, stage, &format!("LINK {title}"));
            let group = name.replacen("LINK ", "", 1);
            let layer = FileStep { root: Files::Scratch, actions };
            let kind = StepKind::Link { base: stage.files, layer, group };
            self.push_for(stage, command, name, kind)
        } else {
            let step = FileStep { root: stage.files, actions };
            self.push_for(stage, command, name, StepKind::Files(step))
        };
        stage.commit(request.history(), true, self.given.epoch);
        Ok(())
    }

    /// The copying of a path or, for `ADD`, of what is at an address.
    #[allow(clippy::too_many_arguments)]
    fn source(
        &mut self,
        stage: &Stage,
        command: &Command,
        request: &Request<'_>,
        source: &str,
        name: &str,
        remote: &mut Remote,
        template: &CopyAction,
    ) -> Result<CopyAction, Error> {
        let git = GitRef::parse(source).transpose()?;
        if let Some(reference) = git.filter(|git| !git.indistinguishable_from_local) {
            if request.add.is_none() {
                return Err(Error::new("source can't be a git ref for COPY").hint("use ADD"));
            }
            remote.merge(&reference)?;
            let has_checksum = !remote.checksum.is_empty();
            capability::check_git(
                self.given.caps(),
                "ADD of a git repository",
                &reference,
                has_checksum,
            )?;
            let kind = StepKind::Git {
                reference,
                keep_git_dir: remote.keep_git_dir == Some(true),
                checksum: (!remote.checksum.is_empty()).then(|| remote.checksum.clone()),
            };
            let from = self.push_remote(stage, name, kind);
            return Ok(CopyAction { from, source: "/".to_owned(), ..template.clone() });
        }
        if git::is_http_source(source) {
            if request.add.is_none() {
                return Err(Error::new("source can't be a URL for COPY").hint("use ADD"));
            }
            let checksum = match remote.checksum.as_str() {
                "" => None,
                checksum => {
                    aliasfront_image::digest::check(checksum)?;
                    Some(checksum.to_owned())
                }
            };
            let filename = git::http_filename(source);
            let kind =
                StepKind::Http { url: source.to_owned(), filename: filename.clone(), checksum };
            let from = self.push_remote(stage, name, kind);
            let unpack = request.add.as_ref().and_then(|add| add.unpack).unwrap_or(false);
            return Ok(CopyAction { from, source: filename, unpack, ..template.clone() });
        }
        self.report_source(command, source);
        self.report_ignored(command, request, source);
        let mut action = CopyAction {
            from: request.from,
            follow_symlinks: true,
            contents_only: true,
            wildcards: true,
            unpack: request.add.as_ref().is_some_and(|add| add.unpack.unwrap_or(true)),
            ..template.clone()
        };
        let system = stage.system();
        let mut path = source;
        if request.parents {
            // What is before the pivot `/./` is not made in the destination.
            let (parent, pattern) = source.split_once("/./").unwrap_or(("/", source));
            path = parent;
            let pattern = source_path(system, pattern)?;
            // One slash, not all: the rest is part of the vertex.
            action.include = vec![pattern.strip_prefix('/').unwrap_or(&pattern).to_owned()];
            if first_wildcard(parent).is_none() && first_wildcard(&pattern).is_none() {
                let required = path::join(&[parent, &pattern]);
                action.required = vec![source_path(system, &required)?];
            }
        }
        action.source = source_path(system, path)?;
        Ok(action)
    }

    fn push_remote(&mut self, stage: &Stage, name: &str, kind: StepKind) -> Files {
        self.push(Step {
            stage: stage.id,
            kind,
            name: name.to_owned(),
            lines: None,
            ignore_cache: false,
        })
    }

    /// A file system with one file in it.
    pub(super) fn inline_document(
        &mut self,
        stage: &Stage,
        name: &str,
        mode: u32,
        data: &str,
    ) -> Files {
        let action =
            Action::MakeFile { path: format!("/{name}"), mode, data: data.as_bytes().to_vec() };
        self.push(Step {
            stage: stage.id,
            kind: StepKind::Files(FileStep { root: Files::Scratch, actions: vec![action] }),
            name: "[internal] preparing inline document".to_owned(),
            lines: None,
            ignore_cache: false,
        })
    }

    /// `CopyIgnoredFile`
    fn report_ignored(&mut self, command: &Command, request: &Request<'_>, source: &str) {
        let Some(matcher) = self.ignore.filter(|_| request.from_context) else { return };
        // With exceptions it cannot be told from the patterns alone what is left out.
        if matcher.has_exceptions() {
            self.report_left_out(command, source);
            return;
        }
        let path = path::clean(source);
        if (path == "." || path == "/") && !matcher.ignores_everything() {
            return;
        }
        // Where there is too much to compare, the rule finds nothing.
        let ignored =
            self.lint.checks().within(|steps| matcher.matches_or_parent_matches(&path, steps));
        if ignored == Some(true) {
            let keyword = if request.add.is_some() { "Add" } else { "Copy" };
            let message = rule::copy_ignored_file::message(keyword, &path);
            self.report(&rule::copy_ignored_file::RULE, message, command);
        }
    }
}

impl Request<'_> {
    /// The instruction as the image's history has it.
    fn history(&self) -> String {
        let mut text = self.keyword.to_owned();
        if self.parents {
            text.push_str(" --parents");
        }
        for (flag, value) in [("chown", &self.chown), ("chmod", &self.chmod)] {
            if !value.is_empty() {
                text.push_str(&format!(" --{flag}={value}"));
            }
        }
        for (source, _) in &self.sources {
            text.push(' ');
            text.push_str(source);
        }
        for heredoc in &self.contents {
            text.push_str(" <<");
            text.push_str(&heredoc.name);
        }
        text.push(' ');
        text.push_str(&self.destination);
        text.push_str(" # buildkit");
        text
    }

    fn remote(&self) -> Remote {
        self.add.as_ref().map_or_else(Remote::default, |add| Remote {
            checksum: add.checksum.clone(),
            keep_git_dir: add.keep_git_dir,
        })
    }
}

/// What holds for the remote sources of an `ADD`: flags and the address must agree, and what an
/// address says holds for the sources after it.
#[derive(Default)]
struct Remote {
    checksum: String,
    keep_git_dir: Option<bool>,
}

impl Remote {
    fn merge(&mut self, reference: &GitRef) -> Result<(), Error> {
        if let Some(keep) = reference.keep_git_dir {
            if self.keep_git_dir.is_some_and(|own| own != keep) {
                return Err(Error::new("inconsistent keep-git-dir configuration")
                    .hint("say it in the flag or in the address, not in both"));
            }
            self.keep_git_dir = Some(keep);
        }
        if !reference.checksum.is_empty() {
            if !self.checksum.is_empty() && self.checksum != reference.checksum {
                return Err(Error::new(format!(
                    "checksum mismatch {} != {}",
                    quote(&self.checksum),
                    quote(&reference.checksum)
                )));
            }
            self.checksum.clone_from(&reference.checksum);
        }
        Ok(())
    }
}

/// The mode that `--chmod` asks for.
fn parse_mode(text: &str) -> Result<Option<Mode>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let not_octal = || {
        Error::new(format!(
            "invalid chmod parameter: '{text}'. it should be octal string and between 0 and 07777"
        ))
    };
    if let Some(mode) = parse_octal(text) {
        return if mode <= MAX_MODE { Ok(Some(Mode::Octal(mode))) } else { Err(not_octal()) };
    }
    match SymbolicMode::parse(text) {
        Ok(_) => Ok(Some(Mode::Symbolic(text.to_owned()))),
        Err(error) if error.is_numeric() => Err(not_octal()),
        Err(error) => Err(Error::new(error.to_string())
            .hint(format!("{text} is not a mode; write it as 755, or as u=rwX,go=rX"))),
    }
}

/// The path of a source on `system`. The reference says twice what fails.
fn source_path(system: System, path: &str) -> Result<String, Error> {
    system
        .normalize_path("/", path, false)
        .map_err(|error| Error::from(error).context("removing drive letter"))
}
