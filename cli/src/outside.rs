//! What is outside, and the driver that asks it: the client's directories, and images.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aliasfront_compiler::question::{
    Bytes, Failure, FailureKind, File, Image, ImageFact, Key, Probed, Stat, Tree,
};
use aliasfront_compiler::{Batch, Code, Compiler, Drive, Fact, Outcome, Question};
use aliasfront_content::List;
use tokio::sync::OnceCell;
use tokio::task::{JoinError, JoinSet, spawn_blocking};
use tokio::time::timeout;

use crate::images::Images;
use crate::local::Local;
use crate::look;
use crate::progress::Progress;
use crate::tree::{Source, Unlisted};

/// How long whoever has published images may take to say whether one is there.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is outside of a compilation.
#[derive(Clone)]
pub struct Outside {
    inner: Arc<Inner>,
}

struct Inner {
    locals: BTreeMap<String, Local>,
    images: Box<dyn Images>,
    /// The lists of local sources that were made, by the digests of their vertices.
    lists: Mutex<HashMap<String, Arc<OnceCell<Listed>>>>,
}

/// The list of a local source, or why there is none.
type Listed = Result<Arc<Listing>, Arc<Unlisted>>;

struct Listing {
    source: Source,
    list: Arc<List>,
}

impl Outside {
    /// These local sources by their names, and these images.
    pub fn new(locals: BTreeMap<String, Local>, images: impl Images + 'static) -> Self {
        let lists = Mutex::default();
        Self { inner: Arc::new(Inner { locals, images: Box::new(images), lists }) }
    }

    async fn answer(&self, key: &Key) -> Fact {
        match key {
            Key::Image(image) => fact(self.inner.images.find(image).await),
            Key::Published(published) => self.published(&published.image).await,
            Key::File(file) => self.file(file),
            // Only clients of a daemon hand graphs over.
            Key::Input(_) => Fact::Input(None),
            Key::Probe(probe) => match self.list(&probe.tree).await {
                Ok(listing) => Fact::Probe(look::look(&listing.list, probe)),
                // Files of images are in layers, which nothing is loaded of: as with an engine that doesn't show them.
                Err(unlisted) if matches!(*unlisted, Unlisted::NotLocal(_)) => {
                    Fact::Probe(Probed::Unreadable)
                }
                Err(unlisted) => failed(&*unlisted),
            },
            Key::Stat(stat) => self.stat(stat).await,
            Key::Bytes(bytes) => self.bytes(bytes).await,
            Key::Names(tree) => match self.list(tree).await {
                Ok(listing) => Fact::Names(look::names(&listing.list)),
                // As an engine that doesn't tell.
                Err(_) => Fact::Names(BTreeMap::new()),
            },
            Key::Commit(_) => Fact::Commit(None),
            Key::SourceTime(_) => Fact::SourceTime(None),
            Key::Content(tree) => match self.list(tree).await {
                Ok(listing) => Fact::Content(Arc::clone(&listing.list)),
                Err(unlisted) => failed(&*unlisted),
            },
        }
    }

    /// Looks for a published image. A build may wait for it; here it counts whether it is there now.
    async fn published(&self, image: &Image) -> Fact {
        let Ok(found) = timeout(PATIENCE, self.inner.images.find(image)).await else {
            return Fact::Failed(Failure {
                kind: FailureKind::Unreachable,
                message: format!("the registry did not answer within {}s", PATIENCE.as_secs()),
                code: Code::Other(DEADLINE_EXCEEDED),
                elsewhere: None,
            });
        };
        fact(found)
    }

    /// The files of a local source, listed once for all that is asked about them.
    async fn list(&self, tree: &Tree) -> Listed {
        let cell = {
            let mut lists = self.inner.lists.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lists.entry(tree.digest.clone()).or_default())
        };
        let (tree, inner) = (tree.clone(), Arc::clone(&self.inner));
        let list = async {
            let listed = spawn_blocking(move || {
                let source = Source::of(&tree)?;
                let list = Arc::new(source.list(&inner.locals)?);
                Ok(Arc::new(Listing { source, list }))
            });
            let broken = |error: JoinError| Err(Unlisted::Definition(error.to_string()));
            listed.await.unwrap_or_else(broken).map_err(Arc::new)
        };
        cell.get_or_init(|| list).await.clone()
    }

    /// What is at a path of a local source.
    async fn stat(&self, stat: &Stat) -> Fact {
        match self.list(&stat.tree).await {
            Ok(listing) => Fact::Stat(look::stat(&listing.list, &stat.path)),
            Err(unlisted) => failed(&*unlisted),
        }
    }

    /// A part of a file of a local source, as it is now: only a build needs it to be what was listed.
    async fn bytes(&self, bytes: &Bytes) -> Fact {
        let listing = match self.list(&bytes.tree).await {
            Ok(listing) => listing,
            Err(unlisted) => return failed(&*unlisted),
        };
        let local = self.inner.locals.get(&listing.source.name);
        let real = look::resolve(&listing.list, &bytes.path);
        let (Some(Local::Directory(root)), Some(real)) = (local, real) else {
            return failed(&format!("{} is not there", bytes.path));
        };
        let mut data = Vec::new();
        let read = fs::File::open(root.join(real)).and_then(|mut file| {
            file.seek(SeekFrom::Start(bytes.offset))?;
            file.take(bytes.length).read_to_end(&mut data)
        });
        match read {
            Ok(_) => Fact::Bytes(data.into()),
            Err(error) => failed(&format!("failed to read {}: {error}", bytes.path)),
        }
    }

    fn file(&self, file: &File) -> Fact {
        let Some(local) = self.inner.locals.get(&file.local) else { return Fact::File(None) };
        match local.read(&file.path) {
            Ok(data) => Fact::File(data),
            Err(error) => failed(&format!("failed to read {}: {error}", file.path)),
        }
    }
}

/// The gRPC code of what took too long.
const DEADLINE_EXCEEDED: i32 = 4;

/// A failure that nothing more is known about than what it says.
fn failed(message: &(impl ToString + ?Sized)) -> Fact {
    Fact::Failed(Failure { message: message.to_string(), ..Failure::default() })
}

fn fact(found: Result<ImageFact, Failure>) -> Fact {
    match found {
        Ok(image) => Fact::Image(image),
        Err(failure) => Fact::Failed(failure),
    }
}

impl Drive for Outside {
    /// Questions that several compilations have are asked once.
    async fn drive(&self, compilers: Vec<Compiler>) -> Vec<Outcome> {
        let mut batch = Batch::new(compilers);
        let mut requests = JoinSet::new();
        let mut progress = Progress::default();
        loop {
            for Question { key, log_name } in batch.advance() {
                progress.begin(&log_name);
                let outside = self.clone();
                requests.spawn(async move {
                    let fact = outside.answer(&key).await;
                    (key, fact)
                });
            }
            let finished = tokio::select! {
                finished = requests.join_next() => finished,
                () = progress.wait() => {
                    progress.show(requests.len());
                    continue;
                }
            };
            let Some(finished) = finished else {
                progress.clear();
                return batch.finish();
            };
            // A request that panicked has no answer; its panic is told.
            let Ok((key, fact)) = finished else { continue };
            batch.answer(key, fact);
        }
    }
}
