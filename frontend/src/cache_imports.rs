//! The caches that a build reads from.

use std::collections::HashMap;

use aliasfront_compiler::Error;
use aliasfront_gotext::quote::quote;
use buildkit_proto::gateway::CacheOptionsEntry;
use serde::Deserialize;

use crate::engine::Engine;
use crate::failure::Failure;

/// The caches that the request names, by the newer option and the older one.
///
/// # Errors
///
/// An option that cannot be read.
pub(crate) fn of(engine: &Engine) -> Result<Vec<CacheOptionsEntry>, Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Import {
        #[serde(default, alias = "type")]
        r#type: String,
        #[serde(default, alias = "attrs")]
        attrs: Option<HashMap<String, String>>,
    }

    let mut imports = Vec::new();
    if let Some(value) = engine.option("cache-imports").filter(|value| !value.is_empty()) {
        let entries: Vec<Import> = serde_json::from_str(value).map_err(|error| {
            Error::new(format!("failed to unmarshal cache-imports ({}): {error}", quote(value)))
        })?;
        imports.extend(entries.into_iter().map(|entry| CacheOptionsEntry {
            r#type: entry.r#type,
            attrs: entry.attrs.unwrap_or_default(),
        }));
    }
    if let Some(value) = engine.option("cache-from").filter(|value| !value.is_empty()) {
        imports.extend(value.split(',').map(|reference| CacheOptionsEntry {
            r#type: "registry".to_owned(),
            attrs: HashMap::from([("ref".to_owned(), reference.to_owned())]),
        }));
    }
    Ok(imports)
}
