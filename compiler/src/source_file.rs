//! The Dockerfile as a file: for source maps, errors and answers.

use std::sync::Arc;

use buildkit_llb::{Definition, SourceMap};

/// A Dockerfile as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceFile {
    /// Its path.
    pub filename: String,
    /// Its bytes.
    pub data: Arc<[u8]>,
    /// Where it was read from.
    pub definition: Option<Definition>,
}

impl SourceFile {
    /// The language of source maps.
    pub const LANGUAGE: &'static str = "Dockerfile";

    /// The file as a source map.
    pub fn source_map(&self) -> SourceMap {
        SourceMap {
            filename: self.filename.clone(),
            language: Self::LANGUAGE.to_owned(),
            data: Arc::clone(&self.data),
            definition: self.definition.as_ref().map(Definition::to_pb),
        }
    }
}
