//! The image that this frontend runs from.

use std::fs;
use std::path::Path;

use aliasfront_compiler::image::reference::Reference;
use aliasfront_compiler::options::ResolveMode;
use aliasfront_compiler::question::{Image, ImageFact};
use aliasfront_compiler::wire::PlatformExt as _;
use aliasfront_compiler::{Error, Fact};
use aliasfront_gotext::quote::quote;
use buildkit_llb::{Graph, Source, VertexOptions};
use buildkit_proto::pb;
use prost::Message as _;

use crate::engine::Engine;
use crate::failure::Failure;
use crate::image_meta;

/// Where engines since BuildKit 0.10 put the definition of the image that a frontend runs from: by digest, or whatever else a
/// named context made of it.
const DEFINITION: &str = "/run/config/buildkit/metadata/frontend.bin";

/// The option that says which image the engine was asked to run.
const SOURCE: &str = "source";

/// Finds the definition of the image, once for all who ask.
///
/// # Errors
///
/// The engine doesn't tell which one it is, or it can't be found any more.
pub(super) async fn find(engine: &Engine) -> Result<&pb::Definition, Failure> {
    let find = async {
        match read(Path::new(DEFINITION)) {
            Some(definition) => Ok(definition),
            None => look_up(engine).await,
        }
    };
    engine.own_image.get_or_init(|| find).await.as_ref().map_err(Clone::clone)
}

/// The definition as the engine wrote it into a file; `None` where it didn't.
fn read(path: &Path) -> Option<pb::Definition> {
    let definition = pb::Definition::decode(fs::read(path).ok()?.as_slice()).ok()?;
    (!definition.def.is_empty()).then_some(definition)
}

/// The definition of the image that the option `source` names, by the digest that it has now.
async fn look_up(engine: &Engine) -> Result<pb::Definition, Failure> {
    let source = engine.option(SOURCE).unwrap_or_default();
    let name = Reference::parse_normalized(source).map(Reference::tag_name_only);
    let name = name.map_err(|error| {
        Error::new(format!("the option source is {}, which names no image: {error}", quote(source)))
    })?;
    let image = Image {
        reference: name.to_string(),
        platform: Some(engine.platform.clone()),
        mode: ResolveMode::Default,
        layout: None,
    };
    let log_name = format!("[internal] load metadata for {name}");
    let Fact::Image(ImageFact { reference, digest, .. }) =
        image_meta::find(engine, &image, &log_name).await?
    else {
        return Err(Error::new(format!("a source policy makes {name} another source")).into());
    };
    // Engines have images in their local store without a digest.
    let pinned = Reference::parse_normalized(&reference).ok();
    let pinned =
        pinned.filter(|_| !digest.is_empty()).and_then(|name| name.with_digest(&digest).ok());
    let reference = pinned.map_or(reference, |name| name.to_string());
    let mut graph = Graph::new(engine.platform.to_pb());
    let output = graph.add(Source::image(reference), VertexOptions::default());
    Ok(graph.definition(output).into_pb())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_says_which_image_it_is() {
        let mut graph = Graph::new(buildkit_llb::Platform::default());
        let output = graph.add(Source::image("docker.io/a@sha256:0"), VertexOptions::default());
        let definition = graph.definition(output).into_pb();
        let file = std::env::temp_dir().join(format!("frontend-{}.bin", std::process::id()));
        for (content, expected) in [
            (definition.encode_to_vec(), Some(definition)),
            (Vec::new(), None),
            (vec![0xff; 9], None),
        ] {
            fs::write(&file, content).expect("a file");
            assert_eq!(read(&file), expected);
        }
        fs::remove_file(&file).expect("a file");
        assert_eq!(read(&file), None);
    }
}
