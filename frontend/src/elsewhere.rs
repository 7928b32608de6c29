//! For which platforms an image is there that is not there for the one that is needed.
//!
//! Engines say that an index has no match for a platform, and not what it has. So they are asked for the
//! platforms that it most likely has, one after the other: each that it lacks is one more failed step in
//! the output of a build that fails.

use aliasfront_compiler::Fact;
use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::question::Image;

use crate::engine::Engine;
use crate::failure::Failure;
use crate::image_meta;

/// What engines say of an index that lacks a platform, in the words of containerd.
const NO_MATCH: &str = "no match for platform";

/// The platforms that most images are there for, besides the engine's own.
const USUAL: [&str; 2] = ["amd64", "arm64"];

/// Whether an image is there, but not for the platform that was asked for.
pub(crate) fn is_missing_here(failure: &Failure) -> bool {
    failure.message().contains(NO_MATCH)
}

/// A platform that an image is there for; none where it is no usual one.
pub(crate) async fn find(engine: &Engine, image: &Image) -> Vec<Platform> {
    let usual = USUAL.map(|architecture| Platform {
        os: "linux".to_owned(),
        architecture: architecture.to_owned(),
        ..Platform::default()
    });
    let mut asked: Vec<Platform> = image.platform.iter().map(Platform::normalize).collect();
    for platform in [engine.platform.normalize()].into_iter().chain(usual) {
        if asked.contains(&platform) {
            continue;
        }
        asked.push(platform.clone());
        let log_name = format!("[internal] load metadata for {} on {platform}", image.reference);
        let image = Image { platform: Some(platform.clone()), ..image.clone() };
        match image_meta::find(engine, &image, &log_name).await {
            Ok(Fact::Image(_)) => return vec![platform],
            Err(failure) if is_missing_here(&failure) => {}
            // Whatever this is about, asking on tells no more.
            _ => break,
        }
    }
    Vec::new()
}
