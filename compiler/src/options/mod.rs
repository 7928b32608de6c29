//! The build options that shape the graph, read from the frontend options of a build request.

mod csv;
mod host;
mod network;
mod resolve_mode;
mod resources;
mod shm_size;
mod ulimit;

use std::collections::BTreeMap;

use aliasfront_gotext::boolean::parse_bool;
use aliasfront_gotext::quote::quote;
use buildkit_dockerfile::lint;

use crate::error::{Error, ErrorKind};
use aliasfront_image::platform::Platform;
use aliasfront_image::reference::Reference;

pub use buildkit_llb::{LinuxResources, Network, ResolveMode, Ulimit};

pub use self::host::ExtraHost;

const BUILD_ARG: &str = "build-arg:";
const LABEL: &str = "label:";
const CONTEXT: &str = "context:";
const INPUT_METADATA: &str = "input-metadata:";
const LOCAL_SESSION: &str = "local-sessionid:";
const SHARED_KEY: &str = "sharedkey:localdir:";
const ATTEST: &str = "attest:";
const ATTEST_ARG: &str = "build-arg:BUILDKIT_ATTEST_";

/// The scanner that makes an SBOM where the request names none.
const DEFAULT_SBOM_GENERATOR: &str = "docker/buildkit-syft-scanner:stable-1";

/// What a build request asks of the Dockerfile's graph.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// `--build-arg`
    pub build_args: BTreeMap<String, String>,
    /// `--label`
    pub labels: BTreeMap<String, String>,
    /// `--target`; `None` is the last stage.
    pub target: Option<String>,
    /// `--platform`, normalized; empty is the build platform.
    pub platforms: Vec<Platform>,
    /// The platform of the first worker.
    pub build_platform: Platform,
    /// Whether results are keyed by platform.
    pub multi_platform: bool,
    /// `--add-host`
    pub extra_hosts: Vec<ExtraHost>,
    /// The size of `/dev/shm` in bytes, 0 for the engine's default.
    pub shm_size: i64,
    /// `--ulimit`
    pub ulimits: Vec<Ulimit>,
    /// Memory and processor limits of steps.
    pub linux_resources: Option<LinuxResources>,
    /// `--network`
    pub network: Network,
    /// The host name of steps.
    pub hostname: String,
    /// `--cgroup-parent`
    pub cgroup_parent: String,
    /// The prefix of cache mounts' ids.
    pub cache_namespace: String,
    /// `--no-cache`: `None` not at all, an empty list for all stages, else the stages' names.
    pub no_cache: Option<Vec<String>>,
    /// Whether images are pulled.
    pub resolve_mode: ResolveMode,
    /// `BUILDKIT_DOCKERFILE_CHECK`, which replaces the `check` directive.
    pub lint: Option<lint::Config>,
    /// Named contexts by their key, `name` or `name::platform`.
    pub contexts: BTreeMap<String, String>,
    /// The metadata of inputs that are contexts, by the input's name.
    pub input_metadata: BTreeMap<String, String>,
    /// Shared keys of local contexts by the context's key.
    pub shared_keys: BTreeMap<String, String>,
    /// Sessions by the local source's name.
    pub local_sessions: BTreeMap<String, String>,
    /// The session of the build.
    pub session: String,
    /// The revision of the client's working tree, where the client tells it.
    pub revision: Option<String>,
    /// The SBOM scanner, where one is asked for.
    pub sbom: Option<SbomOptions>,
}

/// How to make an SBOM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SbomOptions {
    /// The scanner's image, full reference.
    pub generator: String,
    /// Parameters for the scanner.
    pub parameters: BTreeMap<String, String>,
}

impl Options {
    /// Reads the frontend options `opts` of a request in session `session` to an engine whose first
    /// worker runs `build_platform`.
    ///
    /// # Errors
    ///
    /// An option's value that the reference frontend would not take either.
    pub fn parse(
        opts: &BTreeMap<String, String>,
        session: &str,
        build_platform: Platform,
    ) -> Result<Self, Error> {
        Self::read(opts, session, build_platform).map_err(|error| error.kind(ErrorKind::Option))
    }

    fn read(
        opts: &BTreeMap<String, String>,
        session: &str,
        build_platform: Platform,
    ) -> Result<Self, Error> {
        let get = |key: &str| opts.get(key).map_or("", String::as_str);

        let mut platforms = Vec::new();
        if !get("platform").is_empty() {
            for text in get("platform").split(',') {
                let platform = Platform::parse(text).map_err(|error| {
                    Error::new(format!("failed to parse target platform {text}: {error}"))
                })?;
                platforms.push(platform.normalize());
            }
        }

        // In this order: of several that are wrong, the reference tells the same one.
        let resolve_mode = resolve_mode::parse(get("image-resolve-mode"))?;
        let extra_hosts = host::parse(get("add-hosts"))
            .map_err(|e| e.context("failed to parse additional hosts"))?;
        let shm_size =
            shm_size::parse(get("shm-size")).map_err(|e| e.context("failed to parse shm size"))?;
        let ulimits =
            ulimit::parse(get("ulimit")).map_err(|e| e.context("failed to parse ulimit"))?;
        let linux_resources =
            resources::parse(opts).map_err(|e| e.context("failed to parse resource limits"))?;
        let network = network::parse(get("force-network-mode"))?;

        let mut multi_platform = platforms.len() > 1;
        let asked = match get("build-arg:BUILDKIT_MULTI_PLATFORM") {
            "" => get("multi-platform"),
            value => value,
        };
        if !asked.is_empty() {
            let value = parse_bool(asked).ok_or_else(|| {
                Error::new(format!("invalid boolean value for multi-platform: {asked}"))
            })?;
            if !value && multi_platform {
                return Err(Error::new(
                    "conflicting config: returning multiple target platforms is not allowed",
                )
                .hint("ask for one platform, or leave multi-platform out"));
            }
            multi_platform = value;
        }
        let sbom = sbom(opts)?;

        let hostname = match get("build-arg:BUILDKIT_SANDBOX_HOSTNAME") {
            "" => get("hostname"),
            value => value,
        };
        let no_cache = opts.get("no-cache").map(|names| {
            if names.is_empty() {
                Vec::new()
            } else {
                names.split(',').map(str::to_owned).collect()
            }
        });
        let lint = opts
            .get("build-arg:BUILDKIT_DOCKERFILE_CHECK")
            .map(|value| {
                lint::Config::parse(value).map_err(|error| {
                    Error::from(error)
                        .context("failed to parse build-arg:BUILDKIT_DOCKERFILE_CHECK")
                })
            })
            .transpose()?;

        Ok(Self {
            resolve_mode,
            extra_hosts,
            shm_size,
            ulimits,
            linux_resources,
            network,
            build_args: with_prefix(opts, BUILD_ARG),
            labels: with_prefix(opts, LABEL),
            target: opts.get("target").filter(|name| !name.is_empty()).cloned(),
            platforms,
            build_platform,
            multi_platform,
            hostname: hostname.to_owned(),
            cgroup_parent: get("cgroup-parent").to_owned(),
            cache_namespace: get("build-arg:BUILDKIT_CACHE_MOUNT_NS").to_owned(),
            no_cache,
            lint,
            contexts: with_prefix(opts, CONTEXT),
            input_metadata: with_prefix(opts, INPUT_METADATA),
            shared_keys: with_prefix(opts, SHARED_KEY),
            local_sessions: with_prefix(opts, LOCAL_SESSION),
            session: session.to_owned(),
            revision: opts.get("vcs:revision").filter(|value| !value.is_empty()).cloned(),
            sbom,
        })
    }

    /// Refuses what BuildKit once had: it would be ignored in silence.
    ///
    /// # Errors
    ///
    /// An option of those is set.
    pub fn refuse_removed(opts: &BTreeMap<String, String>) -> Result<(), Error> {
        for (key, name) in [
            ("override-copy-image", "\"override-copy-image\""),
            ("build-arg:BUILDKIT_DISABLE_FILEOP", "\"BUILDKIT_DISABLE_FILEOP\" build-arg"),
        ] {
            let value = opts.get(key).map_or("", String::as_str);
            let off =
                value.is_empty() || (key.starts_with(BUILD_ARG) && parse_bool(value) != Some(true));
            if !off {
                let message = format!("support for {name} was removed in BuildKit 0.11");
                return Err(Error::new(message).hint("leave it out").kind(ErrorKind::Option));
            }
        }
        Ok(())
    }

    /// Whether the stage of this name is built without cache.
    pub fn is_no_cache(&self, stage: &str) -> bool {
        self.no_cache.as_ref().is_some_and(|names| {
            names.is_empty() || names.iter().any(|name| name.eq_ignore_ascii_case(stage))
        })
    }

    /// The session that provides the local source of this name.
    pub fn session_of(&self, local: &str) -> &str {
        self.local_sessions.get(local).unwrap_or(&self.session)
    }
}

/// The options that start with `prefix`, without it.
fn with_prefix(opts: &BTreeMap<String, String>, prefix: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (key, value) in opts {
        if let Some(name) = key.strip_prefix(prefix) {
            found.insert(name.to_owned(), value.clone());
        }
    }
    found
}

/// The SBOM that `attest:sbom` asks for; every attestation's name is checked.
fn sbom(opts: &BTreeMap<String, String>) -> Result<Option<SbomOptions>, Error> {
    let mut sbom = None;
    for (key, value) in opts {
        let Some(kind) = key.strip_prefix(ATTEST).or_else(|| key.strip_prefix(ATTEST_ARG)) else {
            continue;
        };
        let kind = kind.to_lowercase();
        match kind.as_str() {
            "sbom" => sbom = Some(value),
            "provenance" => {}
            _ => {
                return Err(Error::new(format!("unknown attestation type {}", quote(&kind)))
                    .hint("the types are sbom and provenance"));
            }
        }
    }
    let Some(value) = sbom else { return Ok(None) };
    let mut generator = DEFAULT_SBOM_GENERATOR.to_owned();
    let mut parameters = BTreeMap::new();
    let fields = csv::fields(value).map_err(|e| e.context("failed to parse sbom"))?;
    for field in fields {
        let (key, value) = field.split_once('=').unwrap_or((&field, ""));
        if key == "generator" {
            value.clone_into(&mut generator);
        } else {
            parameters.insert(key.to_owned(), value.to_owned());
        }
    }
    let reference = Reference::parse_normalized(&generator).map_err(|error| {
        Error::new(format!("failed to parse sbom scanner {generator}: {error}"))
    })?;
    Ok(Some(SbomOptions { generator: reference.tag_name_only().to_string(), parameters }))
}
