//! Looks for images that are published under fingerprints, and waits for them.

use std::thread;
use std::time::{Duration, Instant};

use aliasfront_compiler::Fact;
use aliasfront_compiler::options::ResolveMode;
use aliasfront_compiler::question::{FailureKind, Image, Published};
use tokio::sync::oneshot;

use crate::engine::Engine;
use crate::failure::Failure;
use crate::image_meta;
use crate::wording::failed;

/// The gRPC code of what took too long.
const DEADLINE_EXCEEDED: i32 = 4;
/// How long a registry may take to say whether an image is there. Without an answer the build compiles, which takes
/// minutes, so it isn't given up at once; and a laptop without network shouldn't wait for long.
const PATIENCE: Duration = Duration::from_secs(10);
/// After how long a registry is asked again.
const PAUSE: Duration = Duration::from_secs(3);

/// Looks for an image, until it is there or has been waited for long enough.
///
/// It is what the registry said last, where it never is.
pub(crate) async fn find(engine: &Engine, published: &Published, log_name: &str) -> Fact {
    let start = Instant::now();
    let wait = Duration::from_secs(published.wait.into());
    let mut name = log_name.to_owned();
    loop {
        let failure = match look_up(engine, &published.image, &name).await {
            Ok(fact) => return with_digest(engine, published, &name, fact).await,
            Err(failure) => failed(failure, None),
        };
        let left = wait.saturating_sub(start.elapsed());
        if left.is_zero() || !may_come(failure.kind) {
            return Fact::Failed(failure);
        }
        passed(PAUSE.min(left)).await;
        let left = wait.saturating_sub(start.elapsed()).as_secs();
        name = format!("{log_name} (waiting for it to be published, {left}s left)");
    }
}

/// Looks an image up once.
async fn look_up(engine: &Engine, image: &Image, log_name: &str) -> Result<Fact, Failure> {
    tokio::select! {
        found = image_meta::find(engine, image, log_name) => found,
        () = passed(PATIENCE) => Err(unanswered()),
    }
}

/// What was found, as the registry has it where the engine's own store has no digest of it: dockerd's classic store has
/// none. Without an answer of the registry it is what the store has, which its label tells to be the right one.
async fn with_digest(engine: &Engine, published: &Published, log_name: &str, found: Fact) -> Fact {
    if !matches!(&found, Fact::Image(image) if image.digest.is_empty()) {
        return found;
    }
    let image = Image { mode: ResolveMode::Pull, ..published.image.clone() };
    look_up(engine, &image, log_name).await.unwrap_or(found)
}

/// Waits. A thread that sleeps is less than the timers of a runtime, which nothing else needs.
async fn passed(time: Duration) {
    let (done, is_done) = oneshot::channel::<()>();
    let sleeper = thread::Builder::new().name("timer".to_owned()).spawn(move || {
        thread::sleep(time);
        drop(done);
    });
    match sleeper {
        // The sender goes without a word.
        Ok(_) => drop(is_done.await),
        Err(_) => thread::sleep(time),
    }
}

/// Whether asking again may help: it isn't published yet, or the registry can't answer now.
fn may_come(kind: FailureKind) -> bool {
    match kind {
        FailureKind::NotFound | FailureKind::Unreachable | FailureKind::Other => true,
        FailureKind::NotAllowed | FailureKind::WrongPlatform => false,
    }
}

fn unanswered() -> Failure {
    Failure::new(format!("the registry did not answer within {}s", PATIENCE.as_secs()))
        .code(DEADLINE_EXCEEDED)
}
