//! SBOM attestations: the scanner's image, and the scans of what was built.

use std::collections::HashMap;

use aliasfront_compiler::image::config::ImageConfig;
use aliasfront_compiler::options::SbomOptions;
use aliasfront_compiler::question::{Image, Key};
use aliasfront_compiler::sbom::{CORE, Scan};
use aliasfront_compiler::{Code, Compilation, Error, Fact, Options};
use buildkit_proto::gateway::{self, Attestation, AttestationKind};

use crate::answer::answer;
use crate::engine::{Engine, Solve};
use crate::failure::Failure;

/// The type of the predicate that scanners make.
const SPDX: &str = "https://spdx.dev/Document";

/// The scanner's image.
pub(crate) struct Scanner {
    reference: String,
    config: ImageConfig,
}

/// Looks the scanner's image up.
///
/// # Errors
///
/// It is not there, or its config cannot be read.
pub(crate) async fn find_scanner(
    engine: &Engine,
    options: &SbomOptions,
    build: &Options,
) -> Result<Scanner, Failure> {
    let key = Key::Image(Image {
        reference: options.generator.clone(),
        platform: Some(build.build_platform.clone()),
        mode: build.resolve_mode,
        layout: None,
    });
    match answer(engine, &key, "").await {
        Fact::Image(image) => {
            let config = ImageConfig::parse(&image.config)
                .map_err(|error| Error::new(format!("{}: {error}", image.reference)))?;
            Ok(Scanner { reference: image.reference, config })
        }
        Fact::Failed(failure) => Err(Error::new(format!(
            "failed to resolve source metadata for {}: {}",
            options.generator, failure.message
        ))
        .code(failure.code)
        .hint("name another scanner with --attest type=sbom,generator=…")
        .into()),
        _ => Err(Error::new(format!("the scanner {} is not an image", options.generator))
            .code(Code::Unknown)
            .into()),
    }
}

/// Scans a compilation's target and what else it asks for, and attaches the scan to the result.
///
/// # Errors
///
/// The scanner has no command, or the engine does not take the scan.
pub(crate) async fn attach(
    engine: &Engine,
    scanner: &Scanner,
    options: &SbomOptions,
    key: &str,
    compilation: &mut Compilation,
    result: &mut gateway::Result,
) -> Result<(), Failure> {
    let scan = Scan {
        scanner: scanner.reference.clone(),
        config: scanner.config.clone(),
        platform: compilation.given.platforms.build.clone(),
        key: key.to_owned(),
        core: compilation.target_files(),
        extras: compilation.scan_extras(),
        ignore_cache: compilation.ignores_cache(),
    };
    let definition = scan.definition(&mut compilation.emitted, options)?;
    let mut source_policy = compilation.source_policy.clone();
    if let Some(policy) = &mut source_policy {
        policy.exempt(&scanner.reference);
    }
    let reference = engine.solve(Solve { source_policy, ..Solve::lazy(&definition) }).await?;
    let attestation = Attestation {
        kind: AttestationKind::Bundle.into(),
        metadata: HashMap::from([
            ("reason".to_owned(), b"sbom".to_vec()),
            ("sbom-core".to_owned(), CORE.as_bytes().to_vec()),
        ]),
        r#ref: Some(gateway::Ref { id: reference.unwrap_or_default(), ..gateway::Ref::default() }),
        in_toto_predicate_type: SPDX.to_owned(),
        ..Attestation::default()
    };
    let attestations = result.attestations.entry(key.to_owned()).or_default();
    attestations.attestation.push(attestation);
    Ok(())
}
