//! Answers the compiler's questions by asking the engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::question::{File, Image, ImageFact, Key, Source};
use aliasfront_compiler::wire::PlatformExt as _;
use aliasfront_compiler::{Code, Fact, question};
use buildkit_llb::{Differ, Graph, Source as LlbSource, VertexOptions};
use buildkit_proto::client::RpcError;
use buildkit_proto::gateway::{ResolveImageConfigRequest, ResolveSourceMetaRequest};
use buildkit_proto::{caps, pb};

use crate::engine::{Engine, Solve};
use crate::failure::Failure;
use crate::{probe, source_meta, source_time};

const DOCKER_IMAGE: &str = "docker-image://";
const OCI_LAYOUT: &str = "oci-layout://";
/// Where the engine looks an image up, as the older request says it.
const FROM_REGISTRY: i32 = 0;
const FROM_LAYOUT: i32 = 1;

/// Asks the engine a question, called `log_name` in the build's progress.
pub async fn answer(engine: &Engine, key: &Key, log_name: &str) -> Fact {
    let outcome = match key {
        Key::Image(image) => find_image(engine, image, log_name).await,
        Key::File(file) => read_file(engine, file, log_name).await,
        Key::Input(name) => {
            engine.inputs().await.map(|inputs| Fact::Input(inputs.get(name).cloned()))
        }
        Key::Probe(probe) => probe::look(engine, probe).await.map(Fact::Probe),
        Key::Header(header) => probe::read_header(engine, header).await.map(Fact::Header),
        Key::Commit(source) => {
            source_meta::commit(engine, source, log_name).await.map(Fact::Commit)
        }
        Key::SourceTime(source) => {
            source_time::find(engine, source, log_name).await.map(Fact::SourceTime)
        }
    };
    outcome.unwrap_or_else(|failure| {
        Fact::Failed(question::Failure {
            message: failure.message().to_owned(),
            code: Code::from_number(failure.into_status().code),
        })
    })
}

/// Looks an image up, by the newer request where the engine has it: a source policy can turn the
/// image into something else there.
async fn find_image(engine: &Engine, image: &Image, log_name: &str) -> Result<Fact, Failure> {
    let platform = image.platform.as_ref().map(Platform::to_pb);
    let failed = |error: RpcError| Failure::verbatim(&error);
    if !engine.caps.has(caps::SOURCE_META_RESOLVER) {
        let (session, store) = match &image.layout {
            Some(layout) => (layout.session.clone(), layout.store.clone()),
            None => Default::default(),
        };
        let request = ResolveImageConfigRequest {
            r#ref: image.reference.clone(),
            platform,
            resolve_mode: image.mode.as_str().to_owned(),
            log_name: log_name.to_owned(),
            resolver_type: if image.layout.is_some() { FROM_LAYOUT } else { FROM_REGISTRY },
            session_id: session,
            store_id: store,
            ..ResolveImageConfigRequest::default()
        };
        let response = engine.gateway().resolve_image_config(request).await.map_err(failed)?;
        let reference = Some(response.r#ref).filter(|reference| !reference.is_empty());
        let reference = reference.unwrap_or_else(|| image.reference.clone());
        return Ok(Fact::Image(ImageFact {
            reference,
            digest: response.digest,
            config: response.config,
        }));
    }
    let mut attributes = BTreeMap::new();
    let identifier = match &image.layout {
        Some(layout) => {
            attributes.insert("oci.session".to_owned(), layout.session.clone());
            attributes.insert("oci.store".to_owned(), layout.store.clone());
            format!("{OCI_LAYOUT}{}", image.reference)
        }
        None => format!("{DOCKER_IMAGE}{}", image.reference),
    };
    let request = ResolveSourceMetaRequest {
        source: Some(pb::SourceOp { identifier, attrs: attributes }),
        platform,
        resolve_mode: image.mode.as_str().to_owned(),
        log_name: log_name.to_owned(),
        ..ResolveSourceMetaRequest::default()
    };
    let response = engine.gateway().resolve_source_meta(request).await.map_err(failed)?;
    let identifier = response.source.map(|source| source.identifier).unwrap_or_default();
    let Some(found) = response.image else { return Ok(Fact::Redirected(identifier)) };
    let reference = identifier
        .strip_prefix(DOCKER_IMAGE)
        .or_else(|| identifier.strip_prefix(OCI_LAYOUT))
        .unwrap_or(&image.reference);
    Ok(Fact::Image(ImageFact {
        reference: reference.to_owned(),
        digest: found.digest,
        config: found.config,
    }))
}

/// Reads a file of a local source that is loaded for just that.
async fn read_file(engine: &Engine, file: &File, log_name: &str) -> Result<Fact, Failure> {
    let source = LlbSource::local(&file.local)
        .session(&file.session)
        .follow([&file.path])
        .shared_key(&file.shared_key)
        .differ(Differ::None, false);
    let mut graph = Graph::new(engine.platform.to_pb());
    let output = graph.add(source, VertexOptions::named(log_name));
    let solve = Solve { evaluate: file.must_load, ..Solve::lazy(&graph.definition(output)) };
    let what = format!("failed to read {}", file.path);
    let reference = engine.solve(solve).await.map_err(|failure| failure.context(&what))?;
    match engine.read_ignore_file(&reference, &file.path).await {
        Ok(data) => Ok(Fact::File(data.map(Arc::from))),
        // If the build takes files of that source, it fails when it loads them.
        Err(error) if error.is_without_local_sources() => Ok(Fact::File(None)),
        Err(error) => Err(engine.unreadable(&reference, &file.path, &what, &error).await),
    }
}

/// The vertex of a source, for requests about it.
pub fn source_op(source: &Source) -> pb::SourceOp {
    pb::SourceOp { identifier: source.identifier.clone(), attrs: source.attributes.clone() }
}
