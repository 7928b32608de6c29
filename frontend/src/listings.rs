//! What directories of images have, listed once for all that is missing in them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use buildkit_proto::client::RpcError;
use buildkit_proto::fs;
use tokio::sync::OnceCell;

/// The directories that are listed, each once for all that is missing in it: of which image, and where
/// in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listings {
    listed: Arc<Mutex<HashMap<(String, String), Listed>>>,
}

/// A directory that is listed once, however many ask for it; `None` where it is not there.
type Listed = Arc<OnceCell<Result<Option<Listing>, RpcError>>>;

/// What a directory has.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    /// The names of its entries.
    pub names: Arc<[String]>,
    /// Where the symbolic links among them lead, by name.
    pub links: Arc<HashMap<String, String>>,
}

impl Listings {
    /// What a directory has, by `entries` where nobody has listed it; `None` where it is not there.
    ///
    /// # Errors
    ///
    /// That of `entries`, also for those who ask later.
    pub(crate) async fn of(
        &self,
        reference: &str,
        directory: &str,
        entries: impl Future<Output = Result<Option<Vec<fs::Stat>>, RpcError>>,
    ) -> Result<Option<Listing>, RpcError> {
        let cell = {
            let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(listed.entry((reference.to_owned(), directory.to_owned())).or_default())
        };
        let listing = async {
            let Some(entries) = entries.await? else {
                return Ok(None);
            };
            let links = entries.iter().filter(|entry| !entry.linkname.is_empty());
            let links = links.map(|entry| (entry.path.clone(), entry.linkname.clone())).collect();
            let names = entries.into_iter().map(|entry| entry.path).collect();
            Ok(Some(Listing { names, links: Arc::new(links) }))
        };
        cell.get_or_init(|| listing).await.clone()
    }
}
