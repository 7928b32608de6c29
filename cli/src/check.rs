//! Lint with every alias both ways: as the build has it, and the other way, since that is where mistakes hide.

use std::collections::BTreeSet;

use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::lint::rule::alias_not_verified;
use aliasfront_compiler::question::{Image, ImageFact};
use aliasfront_compiler::{Error, ErrorKind, Outcome};
use buildkit_dockerfile::lint::Finding;
use serde_json::json;

use crate::images::{Images, Looking};
use crate::outside::Outside;
use crate::request::Request;

/// What the names of images start with that stand for whichever image an alias may become. No registry has the name.
const ANY_IMAGE: &str = "aliasfront.invalid/";

/// What was found.
#[derive(Debug)]
pub struct Checked {
    /// What lint rules find, first that of the build as it is.
    pub findings: Vec<Finding>,
    /// What keeps the Dockerfile from being built.
    pub error: Option<Error>,
}

/// Images with one more for each alias, of which nothing is known but that it is there.
#[derive(Debug)]
pub struct WithAny<I> {
    images: I,
    /// The platform of the builder.
    platform: Platform,
}

impl<I: Images> WithAny<I> {
    /// These images and the others, for a builder of a platform.
    pub const fn new(images: I, platform: Platform) -> Self {
        Self { images, platform }
    }

    fn any(&self, image: &Image) -> ImageFact {
        let platform = image.platform.as_ref().unwrap_or(&self.platform);
        let config = json!({
            "os": platform.os,
            "architecture": platform.architecture,
            "variant": platform.variant,
            // One without layers would be known to be empty.
            "rootfs": {"type": "layers", "diff_ids": [digest()]},
        });
        let reference = image.reference.clone();
        ImageFact { reference, digest: digest(), config: config.to_string().into_bytes() }
    }
}

impl<I: Images> Images for WithAny<I> {
    fn find<'a>(&'a self, image: &'a Image) -> Looking<'a> {
        if image.reference.starts_with(ANY_IMAGE) {
            return Box::pin(std::future::ready(Ok(self.any(image))));
        }
        self.images.find(image)
    }
}

/// Lints a build, and the same with every alias the other way: one that is given an image as it is by default, and one that
/// isn't with an image. `outside` has [`WithAny`]'s images.
///
/// # Errors
///
/// The request can't be read.
pub async fn both_ways(request: &Request, outside: &Outside) -> Result<Checked, Error> {
    let Outcome { result, mut findings } = request.job()?.linted(outside).await;
    findings.retain(can_be_known);
    let compilation = match result {
        Ok(compilation) => compilation,
        Err(error) => return Ok(Checked { findings, error: Some(error) }),
    };
    let mut other = request.clone();
    let mut overridden = BTreeSet::new();
    let mut by_default = BTreeSet::new();
    let aliases = compilation.aliases.iter().map(|report| &report.alias);
    for alias in aliases.filter(|alias| alias.fallback.is_some()) {
        for name in &alias.args {
            let option = format!("build-arg:{name}");
            if other.opts.remove(&option).is_some() {
                by_default.insert(name.as_str());
            } else if !request.opts.contains_key(&option)
                && !alias.is_overridden(&compilation.graph)
            {
                other.opts.insert(
                    option,
                    format!("{ANY_IMAGE}{}@{}", alias.name.to_lowercase(), digest()),
                );
                overridden.insert(name.as_str());
            }
        }
    }
    let list = |names: &BTreeSet<&str>| names.iter().copied().collect::<Vec<_>>().join(", ");
    let case = match (overridden.is_empty(), by_default.is_empty()) {
        (true, true) => return Ok(Checked { findings, error: None }),
        (false, true) => format!("where {} names an image", list(&overridden)),
        (true, false) => format!("without --build-arg {}", list(&by_default)),
        (false, false) => format!(
            "where {} names an image, without --build-arg {}",
            list(&overridden),
            list(&by_default)
        ),
    };
    let Outcome { result, findings: more } = other.job()?.linted(outside).await;
    let known = findings.clone();
    let is_known = |finding: &Finding| {
        known.iter().any(|known| known.rule == finding.rule && known.lines == finding.lines)
    };
    // What is said of the image that stands for any is said of none.
    let more = more.into_iter().filter(|finding| {
        can_be_known(finding) && !is_known(finding) && !finding.message.contains(ANY_IMAGE)
    });
    findings.extend(more.map(|mut finding| {
        finding.message = format!("{} ({case})", finding.message);
        finding
    }));
    // Which images a contract takes, and what is in them, only a build can know.
    let error = result.err().filter(|error| {
        !matches!(error.kind, ErrorKind::Contract | ErrorKind::Source)
            && !error.message.contains(ANY_IMAGE)
    });
    let error = error.map(|mut error| {
        error.message = format!("{} ({case})", error.message);
        error
    });
    Ok(Checked { findings, error })
}

/// Whether a finding is about more than that images aren't looked into here.
fn can_be_known(finding: &Finding) -> bool {
    finding.rule.name != alias_not_verified::RULE.name
}

/// The digest of the images that stand for any.
fn digest() -> String {
    format!("sha256:{}", "0".repeat(64))
}
