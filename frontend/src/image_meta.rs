//! Looks images up: their digests and configs.

use std::collections::BTreeMap;

use aliasfront_compiler::Fact;
use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::question::{Image, ImageFact};
use aliasfront_compiler::wire::PlatformExt as _;
use buildkit_proto::client::RpcError;
use buildkit_proto::gateway::{ResolveImageConfigRequest, ResolveSourceMetaRequest};
use buildkit_proto::{caps, pb};

use crate::engine::Engine;
use crate::failure::Failure;

const DOCKER_IMAGE: &str = "docker-image://";
const OCI_LAYOUT: &str = "oci-layout://";
/// Where the engine looks an image up, as the older request says it.
const FROM_REGISTRY: i32 = 0;
const FROM_LAYOUT: i32 = 1;

/// Looks an image up, by the newer request where the engine has it: a source policy can turn the
/// image into something else there.
///
/// # Errors
///
/// What the engine says where it isn't there.
pub(crate) async fn find(engine: &Engine, image: &Image, log_name: &str) -> Result<Fact, Failure> {
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
