//! The test gateway: a real gRPC server on the stdin and stdout of a frontend, which is a child process.
//!
//! It answers as the daemon that recorded the golden corpus did, records all that the frontend does, and misbehaves
//! on demand:
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use aliasfront_tests::frontend;
//! use aliasfront_tests::gateway::{CapSet, Fault, Gateway, Rpc};
//!
//! let recording = Gateway::new()
//!     .dockerfile("FROM alpine AS base\nCOPY a /a\n")
//!     .context_file("a", "content")
//!     .opt("target", "base")
//!     .caps(CapSet::buildkit_0_13())
//!     .misbehave(Rpc::Solve, Fault::Disconnect)
//!     .run(frontend::binary())
//!     .await?;
//! assert!(recording.has_ended());
//! # Ok(())
//! # }
//! ```

mod bridge;
mod built;
mod caps;
mod fault;
mod files;
mod images;
mod recording;
mod service;
mod stdio;
mod steps;
mod world;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::Stdio as Pipes;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bollard_buildkit_proto::pb::{Definition, Platform};
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::{sleep_until, timeout};
use tonic::Status;

pub use self::caps::CapSet;
pub use self::fault::{FAILURES, Fault, Rpc};
pub use self::files::{Files, Missing};
pub use self::images::Image;
pub use self::recording::{
    Asked, Forwarded, Lookup, Outcome, Recording, Returned, Solved, Warning,
};
pub use self::steps::Steps;

use self::bridge::Bridge;
use self::service::Service;
use self::stdio::Stdio;
use self::world::{World, source_key};

/// How long a frontend may take for a build, unless a test says otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait for the end of a frontend's log after its own end.
const LOG_PATIENCE: Duration = Duration::from_secs(2);

/// A gateway for one build.
#[derive(Clone, Debug)]
pub struct Gateway {
    world: World,
    opts: BTreeMap<String, String>,
    env: BTreeMap<String, String>,
    patience: Duration,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            world: World::default(),
            opts: BTreeMap::new(),
            env: BTreeMap::new(),
            patience: PATIENCE,
        }
    }
}

impl Gateway {
    /// A gateway of BuildKit 0.32 whose client has two empty folders: `dockerfile` and `context`.
    pub fn new() -> Self {
        Self::default()
    }

    /// The client's Dockerfile.
    #[must_use]
    pub fn dockerfile(self, text: impl Into<Vec<u8>>) -> Self {
        self.file("dockerfile", "Dockerfile", text)
    }

    /// A file of the client's context.
    #[must_use]
    pub fn context_file(self, path: &str, data: impl Into<Vec<u8>>) -> Self {
        self.file("context", path, data)
    }

    /// A file of one of the client's folders.
    #[must_use]
    pub fn file(mut self, local: &str, path: &str, data: impl Into<Vec<u8>>) -> Self {
        self.world.locals.entry(local.to_owned()).or_default().add(path, data);
        self
    }

    /// One of the client's folders, with all its files.
    #[must_use]
    pub fn local(mut self, name: &str, files: Files) -> Self {
        self.world.locals.insert(name.to_owned(), files);
        self
    }

    /// The files of a source that isn't local, by the source's identifier.
    #[must_use]
    pub fn source(mut self, identifier: &str, files: Files) -> Self {
        self.world.sources.insert(source_key(identifier), files);
        self
    }

    /// A file of a source that isn't local, by the source's identifier.
    #[must_use]
    pub fn source_file(mut self, identifier: &str, path: &str, data: impl Into<Vec<u8>>) -> Self {
        self.world.sources.entry(source_key(identifier)).or_default().add(path, data);
        self
    }

    /// An option of the build.
    #[must_use]
    pub fn opt(mut self, key: &str, value: &str) -> Self {
        self.opts.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Options of the build.
    #[must_use]
    pub fn opts(mut self, opts: impl IntoIterator<Item = (String, String)>) -> Self {
        self.opts.extend(opts);
        self
    }

    /// An argument of the build.
    #[must_use]
    pub fn build_arg(self, name: &str, value: &str) -> Self {
        self.opt(&format!("build-arg:{name}"), value)
    }

    /// A variable of the frontend's environment, beside those that daemons set.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// What a look-up of an image answers, by full reference.
    #[must_use]
    pub fn image(mut self, reference: &str, image: Image) -> Self {
        self.world.images.insert(reference.to_owned(), image);
        self
    }

    /// What a look-up of an image answers where only the registry is asked, by full reference: another image than the
    /// engine has in its own store.
    #[must_use]
    pub fn in_registry(mut self, reference: &str, image: Image) -> Self {
        self.world.in_registry.insert(reference.to_owned(), image);
        self
    }

    /// A source policy that turns a source into another, both by identifier.
    #[must_use]
    pub fn redirect(mut self, from: &str, to: &str) -> Self {
        self.world.redirects.insert(from.to_owned(), to.to_owned());
        self
    }

    /// The commit that a repository is at, as a Git object, by the repository's identifier.
    #[must_use]
    pub fn commit(mut self, identifier: &str, object: &str) -> Self {
        self.world.commits.insert(identifier.to_owned(), object.into());
        self
    }

    /// The hash of the commit that a repository is at, by the repository's identifier.
    #[must_use]
    pub fn revision(mut self, identifier: &str, hash: &str) -> Self {
        self.world.revisions.insert(identifier.to_owned(), hash.to_owned());
        self
    }

    /// When a download was last changed, in seconds since 1970, by the download's identifier.
    #[must_use]
    pub fn last_modified(mut self, identifier: &str, seconds: i64) -> Self {
        self.world.changes.insert(identifier.to_owned(), seconds);
        self
    }

    /// A definition that the client gives to the frontend.
    #[must_use]
    pub fn input(mut self, name: &str, definition: Definition) -> Self {
        self.world.inputs.insert(name.to_owned(), definition);
        self
    }

    /// What the daemon can do.
    #[must_use]
    pub fn caps(mut self, caps: CapSet) -> Self {
        self.world.caps = caps;
        self
    }

    /// The platforms of the worker, as `os/arch[/variant]`.
    #[must_use]
    pub fn worker(mut self, platforms: &[&str]) -> Self {
        self.world.platforms = platforms.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// How missing files are missing.
    #[must_use]
    pub fn missing(mut self, missing: Missing) -> Self {
        self.world.missing = missing;
        self
    }

    /// What becomes of a step that lists files.
    #[must_use]
    pub fn steps(mut self, steps: Steps) -> Self {
        self.world.steps = steps;
        self
    }

    /// Files that commands leave whose text has this in it.
    #[must_use]
    pub fn left(mut self, command: &str, files: Files) -> Self {
        self.world.left.push((command.to_owned(), files));
        self
    }

    /// What happens to every request of a kind.
    #[must_use]
    pub fn misbehave(mut self, rpc: Rpc, fault: Fault) -> Self {
        self.world.faults.push((rpc, None, fault));
        self
    }

    /// What happens to the nth request of a kind, counting from 1.
    #[must_use]
    pub fn misbehave_nth(mut self, rpc: Rpc, nth: usize, fault: Fault) -> Self {
        self.world.faults.push((rpc, Some(nth), fault));
        self
    }

    /// Holds requests of a kind back until so many are in flight, then answers the last first.
    #[must_use]
    pub fn hold(mut self, rpc: Rpc, together: usize) -> Self {
        self.world.held = Some((rpc, together));
        self
    }

    /// How long the frontend may take before it counts as hanging and is killed.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// What a look-up of an image answers: its digest and config.
    ///
    /// # Errors
    ///
    /// What the look-up fails with.
    pub fn look_up(
        &self,
        reference: &str,
        platform: Option<&Platform>,
    ) -> Result<(String, Vec<u8>), Status> {
        let found = images::look_up(&self.world.images, reference, platform, 0)?;
        Ok((found.digest, found.config))
    }

    /// Runs a frontend on this gateway until its process ends. The error is of starting it.
    pub async fn run(self, frontend: impl AsRef<Path>) -> io::Result<Recording> {
        let environment = self.environment();
        let bridge = Arc::new(Bridge::new(self.world));
        let mut child = Command::new(frontend.as_ref())
            .env_clear()
            .envs(environment)
            .stdin(Pipes::piped())
            .stdout(Pipes::piped())
            .stderr(Pipes::piped())
            .kill_on_drop(true)
            .spawn()?;
        let gone = || io::Error::other("the child has no pipes");
        let stdio =
            Stdio::new(child.stdout.take().ok_or_else(gone)?, child.stdin.take().ok_or_else(gone)?);
        let mut log = child.stderr.take().ok_or_else(gone)?;
        let log = tokio::spawn(async move {
            let mut text = Vec::new();
            // A log that can't be read to its end is still a log.
            let _ = log.read_to_end(&mut text).await;
            String::from_utf8_lossy(&text).into_owned()
        });

        let stdin = stdio.stdin();
        let control = Arc::clone(&bridge.control);
        let service = Service::new(Arc::clone(&bridge));
        let connection = http2::Builder::new(TokioExecutor::new())
            .max_concurrent_streams(None)
            .serve_connection(TokioIo::new(stdio), TowerToHyperService::new(service));
        let connection = tokio::spawn(connection);

        let deadline = sleep_until((Instant::now() + self.patience).into());
        tokio::pin!(deadline);
        let mut client_gone = None;
        let exit = loop {
            tokio::select! {
                exit = child.wait() => break Some(exit?),
                () = &mut deadline => {
                    child.kill().await?;
                    break None;
                }
                () = control.disconnect.notified() => {
                    stdin.close();
                    connection.abort();
                    client_gone = Some(Instant::now());
                }
                () = control.close_stdin.notified() => {
                    stdin.close();
                    client_gone = Some(Instant::now());
                }
            }
        };
        let outlived_client = client_gone.map(|gone| gone.elapsed());
        // The connection ends with the process, and all that it said has been read then.
        let _ = timeout(LOG_PATIENCE, connection).await;
        let stderr = match timeout(LOG_PATIENCE, log).await {
            Ok(Ok(text)) => text,
            _ => String::new(),
        };
        Ok(Recording { exit, outlived_client, stderr, ..bridge.recording() })
    }

    /// The environment that a daemon gives to a frontend.
    fn environment(&self) -> BTreeMap<String, String> {
        let platforms: Vec<serde_json::Value> = self
            .world
            .worker_platforms()
            .iter()
            .map(|platform| {
                let mut json = serde_json::json!({
                    "architecture": platform.architecture,
                    "os": platform.os,
                });
                if !platform.variant.is_empty() {
                    json["variant"] = platform.variant.clone().into();
                }
                json
            })
            .collect();
        let workers = serde_json::json!([{"ID": "w1", "Labels": {}, "Platforms": platforms}]);
        let mut env = BTreeMap::from([
            ("BUILDKIT_SESSION_ID".to_owned(), "session-1".to_owned()),
            ("BUILDKIT_EXPORTEDPRODUCT".to_owned(), "test".to_owned()),
            ("BUILDKIT_WORKERS".to_owned(), workers.to_string()),
        ]);
        for (index, (key, value)) in self.opts.iter().enumerate() {
            env.insert(format!("BUILDKIT_FRONTEND_OPT_{index}"), format!("{key}={value}"));
        }
        env.extend(self.env.clone());
        env
    }
}
