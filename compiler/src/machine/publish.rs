//! The image that others find: what a compile stage came to, or what the Dockerfile's stages take from it.

use aliasfront_gotext::path;
use aliasfront_gotext::quote::quote;
use aliasfront_gotext::timestamp::Timestamp;
use buildkit_llb::{Copy, Definition, File, VertexOptions};
use serde_json::Value;

use super::compilation;
use crate::alias::Alias;
use crate::alias::auto::Publication;
use crate::alias::contract::{PREFIX, PUBLISH};
use crate::alias::policy::REVISION_LABEL;
use crate::alias::report;
use crate::emit::Emitted;
use crate::error::Error;
use crate::eval::{Program, Stage};
use crate::fingerprint::{
    CONTENT_LABEL, FINGERPRINT_LABEL, Holds, PATHS_LABEL, Taken, TakenPath, VERSION_LABEL,
};
use crate::given::Given;
use crate::graph::{Graph, NodeId};
use crate::shown;
use aliasfront_image::config::{ImageConfig, RootFs, RunConfig};

/// What is published.
pub(super) struct Published {
    pub definition: Definition,
    pub config: ImageConfig,
    /// The time that the result has, where it depends on what is built alone.
    pub epoch: Option<Timestamp>,
}

/// The alias that a build publishes.
///
/// # Errors
///
/// The target is no alias with a compile stage, or it is given something else.
pub(super) fn alias(aliases: &[Alias], target: NodeId, graph: &Graph) -> Result<usize, Error> {
    let found = aliases.iter().position(|alias| alias.stage == target && alias.fallback.is_some());
    let Some(index) = found else {
        let why = format!("{PREFIX}{PUBLISH} publishes what an alias is compiled from, and ");
        return Err(report::no_alias(&why, aliases.iter(), target, graph));
    };
    let alias = &aliases[index];
    if alias.is_overridden(graph) && !alias.is_found() {
        let message = format!(
            "{PREFIX}{PUBLISH} publishes what alias {} is compiled from, and it is given {}",
            alias.name,
            quote(&graph[alias.stage].base_name)
        );
        let hint =
            "omit the build argument or the context that sets it, or give it auto:REPOSITORY";
        return Err(Error::new(message).at(alias.lines).hint(hint));
    }
    Ok(index)
}

/// Fails where a packed image doesn't do for an alias.
///
/// # Errors
///
/// Stages need more of it than files, or nothing.
pub(super) fn check(alias: &Alias, taken: &Taken, holds: Holds) -> Result<(), Error> {
    let reasons = match (holds, taken) {
        (Holds::Packed, Taken::Paths(paths)) if paths.is_empty() => {
            let message =
                format!("no stage takes files from alias {}: there is nothing to pack", alias.name);
            let hint = "take files from it with COPY --from, or name paths in its contract: alias require=/path";
            return Err(Error::new(message).at(alias.lines).hint(hint));
        }
        (Holds::Packed, Taken::Everything(reasons)) => reasons,
        (Holds::Packed, Taken::Paths(_)) | (Holds::Full, _) => return Ok(()),
    };
    let mut message = format!(
        "alias {} cannot be packed: more than files that the Dockerfile names is taken from it",
        alias.name
    );
    for everything in reasons {
        message.extend([
            "\n  - ",
            &shown::line(&everything.reason),
            " (",
            &everything.lines.to_string(),
            ")",
        ]);
    }
    let locations = reasons.iter().map(|everything| everything.lines).collect();
    let error = Error { locations, ..Error::new(message) };
    Err(error.hint(format!(
        "name the files with COPY --from={0} and check them by a contract, \"# alias require=/path,+x\", in the place of RUN; \
         or publish all of the compile stage with {PREFIX}{PUBLISH}=full",
        alias.name
    )))
}

/// What is published of an alias whose compile stage is part of the build.
pub(super) fn publish(
    given: &Given,
    program: &Program,
    emitted: &mut Emitted,
    (alias, graph): (&Alias, &Graph),
    (publication, holds, revision): (&Publication, Holds, Option<&str>),
) -> Result<Published, Error> {
    if publication.is_found() {
        // It is there already: the same image again, without what the alias adds to it.
        let root = graph[alias.stage].root.as_ref();
        let config = root.and_then(|root| root.base_config.as_deref()).cloned();
        return Ok(Published {
            definition: emitted.definition(program.root_files[alias.stage]),
            config: config.unwrap_or_default(),
            epoch: given.epoch,
        });
    }
    let stage = alias.fallback.and_then(|fallback| program.stages[fallback].as_ref());
    let Some(stage) = stage else {
        return Err(Error::new("the compile stage was not evaluated").at(alias.lines));
    };
    let mut config = match holds {
        Holds::Full => compilation::result_config(given, stage),
        Holds::Packed => packed_config(given, stage),
    };
    for (label, value) in labels(publication, holds, revision) {
        config.config.labels.entry(label.to_owned()).or_insert(value);
    }
    if holds == Holds::Full {
        let definition = emitted.definition(stage.files);
        return Ok(Published { definition, config, epoch: given.epoch });
    }
    // A pack is the same whenever it is made.
    let epoch = given.epoch.unwrap_or(Timestamp::from_unix(0));
    let Taken::Paths(paths) = &*publication.recipe.taken else {
        return Err(Error::new("more than files is taken").at(alias.lines));
    };
    let files = emitted.output(stage.files);
    let time = epoch.unix().saturating_mul(NANOSECONDS);
    let pack =
        paths.keys().fold(File::on(None), |file, taken| file.copy(copy(files, taken).time(time)));
    let count = paths.len();
    let name = format!(
        "[alias {}] pack {count} {}",
        alias.name,
        if count == 1 { "path" } else { "paths" }
    );
    let output = emitted.llb.add(pack, VertexOptions::named(shown::line(&name)));
    Ok(Published { definition: emitted.llb.definition(output), config, epoch: Some(epoch) })
}

/// Of a second.
const NANOSECONDS: i64 = 1_000_000_000;

/// A path at its own place, as `COPY` takes it: a link at its end is what it leads to.
fn copy(files: Option<buildkit_llb::Output>, taken: &TakenPath) -> Copy {
    let TakenPath { path, wildcard } = taken;
    if *wildcard {
        let directory = format!("{}/", path::dir(path).trim_end_matches('/'));
        return Copy::new(files, path, directory).wildcard().follow_symlinks().create_dest_path();
    }
    Copy::new(files, path, path).follow_symlinks().dir_contents().create_dest_path()
}

fn packed_config(given: &Given, stage: &Stage) -> ImageConfig {
    let platform = compilation::result_config(given, stage).platform;
    let labels = given.options().labels.clone();
    ImageConfig {
        platform,
        rootfs: RootFs { kind: "layers".to_owned(), diff_ids: None },
        config: RunConfig { labels: labels.into_iter().collect(), ..RunConfig::default() },
        ..ImageConfig::default()
    }
}

/// What a published image says of itself.
fn labels(
    publication: &Publication,
    holds: Holds,
    revision: Option<&str>,
) -> Vec<(&'static str, String)> {
    let mut labels = vec![
        (FINGERPRINT_LABEL, publication.fingerprint().to_string()),
        (CONTENT_LABEL, holds.as_str().to_owned()),
        (VERSION_LABEL, env!("CARGO_PKG_VERSION").to_owned()),
    ];
    if let Some(paths) = publication.recipe.taken.paths().filter(|_| holds == Holds::Packed) {
        labels.push((PATHS_LABEL, paths.collect::<Value>().to_string()));
    }
    labels.extend(revision.map(|revision| (REVISION_LABEL, revision.to_owned())));
    labels
}
