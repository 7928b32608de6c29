//! Images in registries, over the network.

use std::collections::HashMap;
use std::error::Error as _;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use aliasfront_compiler::Code;
use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::question::{Failure, FailureKind, Image, ImageFact};
use oci_client::Reference;
use oci_client::client::{Client, ClientConfig, ClientProtocol};
use oci_client::errors::{OciDistributionError, OciErrorCode};
use oci_client::manifest::OciDescriptor;
use oci_client::secrets::RegistryAuth;
use serde::Deserialize;
use tokio::io::AsyncWrite;
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::credentials;
use crate::images::{Images, Looking};
use crate::mirrors::{Host, Mirrors, VARIABLE};

/// How long a connection may take to stand.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long nothing may come.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a registry that fails is asked.
const TRIES: u32 = 3;
/// How long to wait before the second try; twice as long before each further one.
const PAUSE: Duration = Duration::from_millis(250);
/// How large an image config may be, in bytes: as large as registries take manifests.
const MAX_CONFIG_SIZE: usize = 4 << 20;

const ACCEPTED: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// Registries, with the credentials of Docker's client.
pub struct Registries {
    platform: Platform,
    mirrors: Mirrors,
    clients: Mutex<HashMap<Host, Client>>,
    /// The credentials of each registry, which helpers may ask a person for: once.
    credentials: Mutex<HashMap<String, Arc<Credentials>>>,
}

/// The credentials of a registry, or why they can't be used, once somebody asked.
type Credentials = OnceCell<Result<RegistryAuth, String>>;

/// A manifest or an index: what both may have.
#[derive(Debug, Deserialize)]
struct Manifest {
    #[serde(default)]
    manifests: Vec<Entry>,
    config: Option<Descriptor>,
}

#[derive(Debug, Deserialize)]
struct Descriptor {
    digest: String,
}

#[derive(Debug, Deserialize)]
struct Entry {
    digest: String,
    platform: Option<Platform>,
}

/// What a registry doesn't give.
#[derive(Debug)]
enum Refusal {
    Client(OciDistributionError),
    /// There is no image for the platform, but for these.
    WrongPlatform(Vec<Platform>),
    Broken(String),
}

impl From<OciDistributionError> for Refusal {
    fn from(error: OciDistributionError) -> Self {
        Self::Client(error)
    }
}

impl Registries {
    /// Registries for a builder of this platform, with the mirrors that the environment names.
    ///
    /// # Errors
    ///
    /// The environment's mirrors can't be read.
    pub fn new(platform: Platform) -> Result<Self, String> {
        let mirrors = Mirrors::parse(&std::env::var(VARIABLE).unwrap_or_default())?;
        // Another one may be there in the process already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self { platform, mirrors, clients: Mutex::default(), credentials: Mutex::default() })
    }

    async fn look_up(&self, image: &Image) -> Result<ImageFact, Failure> {
        if let Some(layout) = &image.layout {
            return Err(Failure {
                message: format!("the OCI layout {} takes a daemon to be read", layout.store),
                ..Failure::default()
            });
        }
        let reference: Reference = image.reference.parse().map_err(|error| Failure {
            message: format!("{}: {error}", image.reference),
            ..Failure::default()
        })?;
        let registry = reference.registry().to_owned();
        let (auth, unusable) = match self.credentials_of(&registry).await {
            Ok(auth) => (auth, None),
            Err(why) => (RegistryAuth::Anonymous, Some(why)),
        };
        let mut failure = Failure::default();
        for host in self.mirrors.hosts(&registry, reference.resolve_registry()) {
            let is_own = host.name == reference.resolve_registry();
            // A mirror isn't told what is meant for the registry.
            let auth = if is_own { &auth } else { &RegistryAuth::Anonymous };
            let mut at_host = reference.clone();
            if !is_own {
                at_host.set_mirror_registry(host.name.clone());
            }
            match self.ask(&host, &at_host, auth, image).await {
                Ok((digest, config)) => {
                    return Ok(ImageFact { reference: image.reference.clone(), digest, config });
                }
                Err(refusal) => failure = failed(&image.reference, refusal),
            }
        }
        if let (Some(why), FailureKind::NotAllowed) = (unusable, failure.kind) {
            failure.message.push_str(&format!("; asked without credentials, since {why}"));
        }
        Err(failure)
    }

    /// Asks a host, several times where it fails.
    async fn ask(
        &self,
        host: &Host,
        reference: &Reference,
        auth: &RegistryAuth,
        image: &Image,
    ) -> Result<(String, Vec<u8>), Refusal> {
        let client = self.client(host);
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match self.read(&client, reference, auth, image).await {
                Err(Refusal::Client(error)) if may_pass(&error) => {}
                done => return done,
            }
            sleep(pause).await;
            pause *= 2;
        }
        self.read(&client, reference, auth, image).await
    }

    /// The digest that a reference stands for, and the config of the image for the platform.
    async fn read(
        &self,
        client: &Client,
        reference: &Reference,
        auth: &RegistryAuth,
        image: &Image,
    ) -> Result<(String, Vec<u8>), Refusal> {
        let (data, digest) = client.pull_manifest_raw(reference, auth, &ACCEPTED).await?;
        let mut manifest = Manifest::parse(&data)?;
        if manifest.config.is_none() && !manifest.manifests.is_empty() {
            let platform = image.platform.as_ref().unwrap_or(&self.platform);
            let of_platform = choose(&manifest.manifests, platform)?;
            let reference = reference.clone_with_digest(of_platform.to_owned());
            let (data, _) = client.pull_manifest_raw(&reference, auth, &ACCEPTED).await?;
            manifest = Manifest::parse(&data)?;
        }
        let Some(config) = manifest.config else {
            return Err(Refusal::Broken("the manifest has no config".to_owned()));
        };
        let descriptor = OciDescriptor { digest: config.digest, ..OciDescriptor::default() };
        let mut config = Bounded::default();
        client.pull_blob(reference, &descriptor, &mut config).await?;
        Ok((digest, config.data))
    }

    fn client(&self, host: &Host) -> Client {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let protocol = if host.plain { ClientProtocol::Http } else { ClientProtocol::Https };
            Client::new(ClientConfig {
                protocol,
                connect_timeout: Some(CONNECT_TIMEOUT),
                read_timeout: Some(READ_TIMEOUT),
                user_agent: concat!("aliasfront/", env!("CARGO_PKG_VERSION")),
                ..ClientConfig::default()
            })
        };
        clients.entry(host.clone()).or_insert_with(new).clone()
    }

    async fn credentials_of(&self, registry: &str) -> Result<RegistryAuth, String> {
        let cell = {
            let mut all = self.credentials.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(registry.to_owned()).or_default())
        };
        let registry = registry.to_owned();
        let find = async {
            let found = spawn_blocking(move || credentials::find(&registry)).await;
            found.unwrap_or_else(|error| Err(error.to_string()))
        };
        cell.get_or_init(|| find).await.clone()
    }
}

impl Images for Registries {
    fn find<'a>(&'a self, image: &'a Image) -> Looking<'a> {
        Box::pin(self.look_up(image))
    }
}

impl Manifest {
    fn parse(data: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(data)
            .map_err(|error| Refusal::Broken(format!("the manifest cannot be read: {error}")))
    }
}

/// The digest of the manifest for a platform: of those whose images run there the best one, as the engine chooses.
fn choose<'a>(entries: &'a [Entry], platform: &Platform) -> Result<&'a str, Refusal> {
    let known = || entries.iter().filter_map(|entry| Some((entry, entry.platform.as_ref()?)));
    for candidate in platform.candidates() {
        if let Some((entry, _)) = known().find(|(_, other)| candidate.matches(other)) {
            return Ok(&entry.digest);
        }
    }
    // Attestations have an unknown one.
    let others = known().map(|(_, platform)| platform.normalize());
    Err(Refusal::WrongPlatform(others.filter(|platform| platform.os != "unknown").collect()))
}

/// A failure as the compiler takes it.
fn failed(reference: &str, refusal: Refusal) -> Failure {
    let (kind, code, message, elsewhere) = match refusal {
        Refusal::WrongPlatform(platforms) => (
            FailureKind::WrongPlatform,
            Code::NotFound,
            format!("{reference}: no match for platform in manifest: not found"),
            Some(platforms),
        ),
        Refusal::Broken(why) => {
            (FailureKind::Other, Code::Unknown, format!("{reference}: {why}"), None)
        }
        Refusal::Client(error) => match kind_of(&error) {
            FailureKind::NotFound => {
                (FailureKind::NotFound, Code::NotFound, format!("{reference}: not found"), None)
            }
            kind => (kind, Code::Unknown, format!("{reference}: {}", chain(&error)), None),
        },
    };
    Failure { kind, message, code, elsewhere }
}

/// How a request failed, by what the registry or the connection says.
fn kind_of(error: &OciDistributionError) -> FailureKind {
    match error {
        OciDistributionError::ImageManifestNotFoundError(_)
        | OciDistributionError::ServerError { code: 404, .. } => FailureKind::NotFound,
        OciDistributionError::UnauthorizedError { .. }
        | OciDistributionError::AuthenticationFailure(_)
        | OciDistributionError::ServerError { code: 401 | 403, .. } => FailureKind::NotAllowed,
        OciDistributionError::ServerError { code: 429 | 500..=599, .. }
        | OciDistributionError::RequestError(_) => FailureKind::Unreachable,
        OciDistributionError::RegistryError { envelope, .. } => {
            let says = |codes: &[OciErrorCode]| {
                envelope.errors.iter().any(|error| codes.contains(&error.code))
            };
            if says(&[
                OciErrorCode::ManifestUnknown,
                OciErrorCode::NameUnknown,
                OciErrorCode::NotFound,
            ]) {
                FailureKind::NotFound
            } else if says(&[OciErrorCode::Unauthorized, OciErrorCode::Denied]) {
                FailureKind::NotAllowed
            } else if says(&[OciErrorCode::Toomanyrequests]) {
                FailureKind::Unreachable
            } else {
                FailureKind::Other
            }
        }
        _ => FailureKind::Other,
    }
}

/// Whether asking again may help.
fn may_pass(error: &OciDistributionError) -> bool {
    kind_of(error) == FailureKind::Unreachable
}

/// An error with what lies below it: of a request that failed the reason is there.
fn chain(error: &OciDistributionError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = error.source();
    }
    text
}

/// Bytes that are kept up to [`MAX_CONFIG_SIZE`].
#[derive(Debug, Default)]
struct Bounded {
    data: Vec<u8>,
}

impl AsyncWrite for Bounded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.data.len() + data.len() > MAX_CONFIG_SIZE {
            let message =
                format!("the config has more than {MAX_CONFIG_SIZE} bytes (MAX_CONFIG_SIZE)");
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::FileTooLarge, message)));
        }
        self.data.extend_from_slice(data);
        Poll::Ready(Ok(data.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
