//! What is outside, and the driver that asks it: the client's directories, and images.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aliasfront_compiler::question::Probed;
use aliasfront_compiler::question::{Failure, FailureKind, File, Image, ImageFact, Key};
use aliasfront_compiler::{Batch, Code, Compiler, Drive, Fact, Outcome, Question};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::images::Images;
use crate::local::Local;
use crate::progress::Progress;

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
}

impl Outside {
    /// These local sources by their names, and these images.
    pub fn new(locals: BTreeMap<String, Local>, images: impl Images + 'static) -> Self {
        Self { inner: Arc::new(Inner { locals, images: Box::new(images) }) }
    }

    async fn answer(&self, key: &Key) -> Fact {
        match key {
            Key::Image(image) => fact(self.inner.images.find(image).await),
            Key::Published(published) => self.published(&published.image).await,
            Key::File(file) => self.file(file),
            // Only clients of a daemon hand graphs over.
            Key::Input(_) => Fact::Input(None),
            // Files of images are in layers, which nothing is loaded of: as with an engine that doesn't show them.
            Key::Probe(_) => Fact::Probe(Probed::Unreadable),
            Key::Header(header) => Fact::Failed(Failure {
                message: format!("{}: files of images are looked at in builds", header.path),
                ..Failure::default()
            }),
            Key::Names(_) => Fact::Names(BTreeMap::new()),
            Key::Commit(_) => Fact::Commit(None),
            Key::SourceTime(_) => Fact::SourceTime(None),
            Key::Content(_) => Fact::Failed(Failure::default()),
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

    fn file(&self, file: &File) -> Fact {
        let Some(local) = self.inner.locals.get(&file.local) else { return Fact::File(None) };
        match local.read(&file.path) {
            Ok(data) => Fact::File(data),
            Err(error) => Fact::Failed(Failure {
                message: format!("failed to read {}: {error}", file.path),
                ..Failure::default()
            }),
        }
    }
}

/// The gRPC code of what took too long.
const DEADLINE_EXCEEDED: i32 = 4;

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
