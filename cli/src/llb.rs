//! The graph of a build, for clients and for people.

use aliasfront_compiler::{Compilation, Error, ErrorKind};
use prost::Message as _;
use serde_json::json;

/// The version of the form in JSON.
const SCHEMA_VERSION: u32 = 1;

/// The definition as clients of BuildKit send it, of a build for one platform.
///
/// # Errors
///
/// There are several.
pub fn protobuf(compilations: &[Compilation]) -> Result<Vec<u8>, Error> {
    match compilations {
        [compilation] => Ok(compilation.definition.to_pb().encode_to_vec()),
        several => {
            let message =
                format!("a definition is for one platform, and {} are named", several.len());
            let hint = "name one with --platform, or say --format json";
            Err(Error::new(message).hint(hint).kind(ErrorKind::Option))
        }
    }
}

/// The definitions for all platforms, with the digests of the results; in the form that `--call=convertllb` has for each.
pub fn json(compilations: &[Compilation]) -> Vec<u8> {
    let definition = |compilation: &Compilation| {
        json!({
            "platform": compilation.given.platforms.target.format_all(),
            "digest": compilation.definition.head().map(|digest| digest.to_string()),
            "llb": compilation.definition.to_json(),
        })
    };
    let definitions: Vec<_> = compilations.iter().map(definition).collect();
    let mut text =
        format!("{:#}", json!({"schemaVersion": SCHEMA_VERSION, "definitions": definitions}));
    text.push('\n');
    text.into_bytes()
}
