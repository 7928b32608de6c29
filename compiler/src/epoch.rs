//! `SOURCE_DATE_EPOCH`: the time that images and directories get, from a number or from a source.

use std::task::{Poll, ready};

use buildkit_dockerfile::Kind;
use buildkit_dockerfile::ast::Stage;
use buildkit_dockerfile::expand::{EnvList, Expander};
use buildkit_dockerfile::instruction::Add;
use buildkit_llb::Source as LlbSource;

use crate::context::git::to_source;
use crate::context::{MainContext, RootSource, main, named};
use crate::error::{Error, ErrorKind};
use crate::facts::Facts;
use crate::given::Given;
use crate::question::{Fact, Key, Source};
use aliasfront_image::git::{self, GitRef};

/// The name of the argument.
pub(crate) const NAME: &str = "SOURCE_DATE_EPOCH";

/// What `SOURCE_DATE_EPOCH` comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Epoch {
    /// It is not set at all.
    Unset,
    /// It is set to this time, or to a source that has none.
    Known(Option<i64>),
}

/// Finds out what `SOURCE_DATE_EPOCH` is.
///
/// # Errors
///
/// It is neither a number nor a source that a time can be taken from.
pub(crate) fn resolve(given: &Given, facts: &mut Facts) -> Poll<Result<Epoch, Error>> {
    let value = match given.build_args.get(NAME) {
        Some(value) => value.as_str(),
        None => match given.globals.env.get(NAME) {
            Some(value) if !value.is_empty() => value,
            _ => return Poll::Ready(Ok(Epoch::Unset)),
        },
    };
    if value.is_empty() {
        return Poll::Ready(Ok(Epoch::Known(None)));
    }
    if let Ok(time) = value.parse::<i64>() {
        return Poll::Ready(Ok(Epoch::Known(Some(time))));
    }
    let Asked { source, log_name } = ready!(source(value, given, facts))?;
    let Some(source) = source else { return Poll::Ready(Ok(Epoch::Known(None))) };
    Poll::Ready(match ready!(facts.ask(&Key::SourceTime(source), || log_name)) {
        Fact::SourceTime(time) => Ok(Epoch::Known(*time)),
        other => Err(named::unexpected(other)),
    })
}

/// A source that is asked for its time.
struct Asked {
    /// `None` where it cannot have one.
    source: Option<Source>,
    /// What the request is called.
    log_name: String,
}

fn source(value: &str, given: &Given, facts: &mut Facts) -> Poll<Result<Asked, Error>> {
    if value == main::DEFAULT_CONTEXT {
        let source = match given.context() {
            MainContext::Git(git) => Some(to_key(&git.to_source().into())),
            MainContext::Http { url, .. } => {
                Some(to_key(&LlbSource::http(url).filename(main::HTTP_FILENAME).into()))
            }
            MainContext::Local { .. } | MainContext::Input(_) => None,
        };
        let log_name = "[internal] resolve main build context metadata".to_owned();
        return Poll::Ready(Ok(Asked { source, log_name }));
    }
    let options = given.options();
    if let Some(context) = named::find(options, value, options.platforms.first())? {
        let loaded = ready!(named::load(options, &context, None, facts))?;
        let source = match loaded.source {
            RootSource::Git(git) => Some(to_key(&git.to_source().into())),
            RootSource::Http { url, .. } => {
                Some(to_key(&LlbSource::http(url).filename(main::HTTP_FILENAME).into()))
            }
            _ => None,
        };
        let log_name = format!("[internal] resolve SOURCE_DATE_EPOCH named context {value}");
        return Poll::Ready(Ok(Asked { source, log_name }));
    }
    let stage =
        given.dockerfile().stages.iter().find(|stage| {
            stage.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(value))
        });
    let Some(stage) = stage else {
        let error = Error::new(format!("invalid {NAME}: {value}"))
            .hint(
                "give seconds since 1970, context, a named context, or a stage with one remote ADD",
            )
            .kind(ErrorKind::Option);
        return Poll::Ready(Err(error));
    };
    let source = stage_source(stage, given).map_err(|error| error.at(stage.lines))?;
    let name = stage.name.as_deref().unwrap_or_default();
    let log_name = format!("[internal] resolve {NAME} source stage {name}");
    Poll::Ready(Ok(Asked { source: Some(source), log_name }))
}

pub(crate) fn to_key(source: &LlbSource) -> Source {
    let op = source.to_pb();
    Source { identifier: op.identifier, attributes: op.attrs }
}

/// The source of a stage that is there only for its time: `FROM scratch`, arguments, and one remote
/// `ADD`.
fn stage_source(stage: &Stage, given: &Given) -> Result<Source, Error> {
    let expander = given.expander();
    let mut env = given.globals.env.clone();
    env.delete(NAME);
    let base = expander.expand(&stage.base.text, &env)?.text;
    if base != named::SCRATCH {
        return Err(Error::new(format!("{NAME} stage must use FROM scratch")));
    }
    let mut found = None;
    for instruction in &stage.instructions {
        match &instruction.kind {
            Kind::Arg(args) => {
                for arg in args {
                    let name = &arg.name.text;
                    if let Some(value) = given.build_args.get(name) {
                        env.add_or_replace(name, value);
                    } else if let Some(default) = &arg.default {
                        let value = expander.expand(&default.text, &env)?.text;
                        env.add_or_replace(name, &value);
                    }
                }
            }
            Kind::Add(add) if found.is_none() => found = Some(add_source(add, &env, expander)?),
            Kind::Add(_) => {
                return Err(Error::new(format!(
                    "{NAME} stage must contain exactly one remote ADD"
                )));
            }
            _ => {
                return Err(Error::new(format!(
                    "{NAME} stage does not meet source-only requirements: unsupported {} instruction",
                    instruction.keyword
                )));
            }
        }
    }
    found.ok_or_else(|| Error::new(format!("{NAME} stage must contain exactly one remote ADD")))
}

fn add_source(add: &Add, env: &EnvList, expander: Expander) -> Result<Source, Error> {
    let ([word], true) = (add.files.sources.as_slice(), add.files.contents.is_empty()) else {
        return Err(Error::new(format!("{NAME} stage must contain exactly one remote ADD source")));
    };
    let source = expander.expand(&word.text, env)?.text;
    let checksum = match &add.checksum {
        Some(word) => expander.expand(&word.text, env)?.text,
        None => String::new(),
    };
    if git::is_http_source(&source) {
        let mut http = LlbSource::http(&source).filename(git::http_filename(&source));
        if !checksum.is_empty() {
            aliasfront_image::digest::check(&checksum)?;
            http = http.checksum(checksum);
        }
        return Ok(to_key(&http.into()));
    }
    if let Some(reference) = GitRef::parse(&source).transpose()?
        && !reference.indistinguishable_from_local
    {
        let keep = add.keep_git_dir == Some(true) || reference.keep_git_dir == Some(true);
        let own = (!reference.checksum.is_empty()).then_some(reference.checksum.as_str());
        let checksum = if checksum.is_empty() { own } else { Some(checksum.as_str()) };
        return Ok(to_key(&to_source(&reference, keep, checksum).into()));
    }
    Err(Error::new(format!("{NAME} stage source must be a single HTTP(S) or Git ADD")))
}
