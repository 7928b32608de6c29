//! `frontend.fingerprint`: under which name the image of an alias is published and found.

use super::json::{Json, Object};
use super::request::{self, Named, RESULT_JSON, RESULT_TEXT};
use super::{Metadata, Request};
use crate::alias::Alias;
use crate::alias::auto::Publication;
use crate::alias::report;
use crate::error::Error;
use crate::fingerprint::{LocalFiles, Taken};
use crate::machine::Compilation;
use aliasfront_gotext::quote::quote;

/// Shows the fingerprint of an alias's compile stage.
pub static REQUEST: Request = Request {
    name: "frontend.fingerprint",
    version: "1.0.0",
    description: "Show the name under which the prebuilt image of an alias is published and found",
    opts: Some(&[Named { name: "target", description: "Alias stage" }]),
    metadata: &[RESULT_JSON, RESULT_TEXT],
    listed: false,
};

/// Answers with the fingerprint of the target, an alias, for each platform of a build.
///
/// # Errors
///
/// The target is no alias with a compile stage, or the build gives it something else.
pub fn fingerprint(compilations: &[Compilation]) -> Result<Metadata, Error> {
    let mut text = String::new();
    let mut results = Vec::with_capacity(compilations.len());
    for compilation in compilations {
        let (alias, publication) = of_target(compilation)?;
        text.extend([&publication.reference, "\n"]);
        results.push(Json::Object(json(compilation, alias, publication)));
    }
    let result = request::versioned().with("fingerprints", Json::Array(results));
    Ok(REQUEST
        .answer([(RESULT_JSON, Json::Object(result).to_bytes()), (RESULT_TEXT, text.into_bytes())]))
}

fn of_target(compilation: &Compilation) -> Result<(&Alias, &Publication), Error> {
    let Compilation { graph, target, aliases, .. } = compilation;
    let aliases = aliases.iter().map(|report| &report.alias);
    let alias = aliases.clone().find(|alias| alias.stage == *target && alias.fallback.is_some());
    let Some(alias) = alias else { return Err(report::no_alias("", aliases, *target, graph)) };
    if let Some(publication) = &alias.publication {
        return Ok((alias, publication));
    }
    let became = quote(&graph[alias.stage].base_name);
    let message = format!("alias {} is given {became}, so nothing is compiled for it", alias.name);
    let hint = "omit the build argument or the context that sets it";
    Err(Error::new(message).at(alias.lines).hint(hint))
}

fn json(compilation: &Compilation, alias: &Alias, publication: &Publication) -> Object {
    let recipe = &publication.recipe;
    let object = Object::default()
        .with("alias", alias.name.as_str())
        .with("platform", compilation.given.platforms.target.format_all())
        .with("fingerprint", recipe.fingerprint.to_string())
        .with("reference", publication.reference.as_str())
        .with("recipe", recipe.text.as_str());
    let object = match &*recipe.taken {
        Taken::Paths(paths) => object
            .with("paths", Json::Array(paths.keys().map(|it| it.path.as_str().into()).collect())),
        Taken::Everything(reasons) => object.with(
            "notPackable",
            Json::list(reasons, |everything| {
                Object::default()
                    .with("reason", everything.reason.as_str())
                    .with("line", Json::number(everything.lines.first))
            }),
        ),
    };
    object.with("files", Json::list(&recipe.files, files_json))
}

fn files_json(files: &LocalFiles) -> Object {
    Object::default()
        .with("source", files.name.as_str())
        .with("hash", files.list.hash().to_string())
        .with("list", files.list.to_string())
}
