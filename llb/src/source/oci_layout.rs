//! Images from content stores of the client.

use buildkit_proto::caps;

use super::Source;

/// An image from a content store of the client (BuildKit 0.11).
#[derive(Clone, Debug)]
pub struct OciLayout {
    reference: String,
    session: String,
    store: String,
    layer_limit: Option<u32>,
}

impl OciLayout {
    /// See [`Source::oci_layout`].
    pub fn new(reference: impl Into<String>) -> Self {
        Self {
            reference: reference.into(),
            session: String::new(),
            store: String::new(),
            layer_limit: None,
        }
    }

    /// Sets the client's session and the name of the store there.
    #[must_use]
    pub fn store(mut self, session: impl Into<String>, store: impl Into<String>) -> Self {
        self.session = session.into();
        self.store = store.into();
        self
    }

    /// Takes only that many layers, from the lowest.
    #[must_use]
    pub fn layer_limit(mut self, layers: u32) -> Self {
        self.layer_limit = Some(layers);
        self
    }
}

impl From<OciLayout> for Source {
    fn from(layout: OciLayout) -> Self {
        let identifier = format!("oci-layout://{}", layout.reference);
        let mut source = Self::with_cap(identifier, caps::SOURCE_OCI_LAYOUT);
        if !layout.session.is_empty() {
            source.set("oci.session", layout.session);
        }
        if !layout.store.is_empty() {
            source.set("oci.store", layout.store);
        }
        if let Some(layers) = layout.layer_limit {
            source.set("oci.layerlimit", layers.to_string());
        }
        source
    }
}
