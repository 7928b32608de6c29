//! The engine, as this frontend sees it: what it can do, and the few things it is asked for.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use aliasfront_compiler::Error;
use aliasfront_compiler::alias::source_policy::{MAX_RULES, SourcePolicy};
use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::question::Tree;
use aliasfront_compiler::wire::PlatformExt as _;
use aliasfront_gotext::quote::quote;
use buildkit_llb::Definition;
use buildkit_proto::apicaps::CapSet;
use buildkit_proto::client::{Gateway, MAX_MESSAGE_SIZE, RpcError};
use buildkit_proto::environment::Environment;
use buildkit_proto::gateway::{
    self, CacheOptionsEntry, FileRange, InputsRequest, PingRequest, ReadFileRequest, SolveRequest,
    StatFileRequest,
};
use buildkit_proto::sourcepolicy::Policy;
use buildkit_proto::{MapEntry, caps, pb};
use prost::Message as _;
use tokio::sync::OnceCell;

use crate::failure::Failure;
use crate::listings::Listings;
use crate::meanwhile::Meanwhile;
use crate::oversized;

/// Options that every solve carries, since the engine looks for them there.
const SOLVE_OPTIONS: [&str; 2] = ["cache-imports", "cache-from"];

/// What a message may have besides the content of a file, in bytes.
const ENVELOPE: usize = 1024;

/// The engine and the request it makes.
#[derive(Clone)]
pub(crate) struct Engine {
    gateway: Gateway,
    /// The request's options, session and platform.
    pub environment: Arc<Environment>,
    /// What its gateway can do.
    pub caps: Arc<CapSet>,
    /// What it can do with LLB.
    pub llb_caps: Arc<CapSet>,
    /// The platform of its first worker.
    pub platform: Platform,
    /// The images whose files are looked at.
    opened: Opened,
    /// Their directories that were listed.
    pub listings: Listings,
    /// What the client hands over, asked for once.
    inputs: Arc<OnceCell<Result<Inputs, Failure>>>,
    /// The steps that run before it is known what the build comes to.
    pub meanwhile: Meanwhile,
    /// The definition of the image that this frontend runs from, for whoever looks for it first.
    pub own_image: Arc<OnceCell<Result<pb::Definition, Failure>>>,
}

/// The graphs that a client hands over, by name.
pub(crate) type Inputs = BTreeMap<String, pb::Definition>;

/// A solved definition; `None` is the empty file system.
pub(crate) type Ref = Option<String>;

/// Images by their trees, each solved once, however many ask for it.
type Opened = Arc<Mutex<HashMap<Tree, Arc<OnceCell<Result<Ref, Failure>>>>>>;

/// A definition to solve.
#[derive(Debug, Default)]
pub(crate) struct Solve {
    /// The definition.
    pub definition: pb::Definition,
    /// Whether it is run at once, so that its errors come with the answer.
    pub evaluate: bool,
    /// Caches to read from.
    pub cache_imports: Vec<CacheOptionsEntry>,
    /// What its images may be.
    pub source_policy: Option<SourcePolicy>,
}

impl Solve {
    /// To be solved when something of it is needed.
    pub(crate) fn lazy(definition: &Definition) -> Self {
        Self { definition: definition.to_pb(), ..Self::default() }
    }
}

impl Engine {
    /// Asks the engine what it can do.
    ///
    /// # Errors
    ///
    /// It does not answer, or is too old.
    pub(crate) async fn greet(gateway: Gateway, environment: Environment) -> Result<Self, Failure> {
        let pong = gateway
            .ping(PingRequest {})
            .await
            .map_err(|error| Failure::request(&error, "failed to ask BuildKit what it can do"))?;
        let workers = pong.workers.into_iter().next();
        let announced = workers.and_then(|worker| worker.platforms.into_iter().next());
        let platform = environment.platform.clone().or(announced).map(Platform::from_pb);
        let engine = Self {
            gateway,
            caps: Arc::new(pong.frontend_api_caps.into_iter().collect()),
            llb_caps: Arc::new(pong.llb_caps.into_iter().collect()),
            platform: platform.unwrap_or_else(Platform::default_spec),
            environment: Arc::new(environment),
            opened: Opened::default(),
            listings: Listings::default(),
            inputs: Arc::default(),
            own_image: Arc::default(),
            meanwhile: Meanwhile::default(),
        };
        if let Err(error) = engine.llb_caps.supports(caps::FILE_BASE) {
            return Err(Error::new(format!("needs BuildKit 0.5 or later: {error}")).into());
        }
        Ok(engine)
    }

    /// An image whose files are to be looked at: solved once for all its paths.
    ///
    /// # Errors
    ///
    /// The image cannot be loaded.
    pub(crate) async fn open(&self, tree: &Tree) -> Result<Ref, Failure> {
        let cell = {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(opened.entry(tree.clone()).or_default())
        };
        let solve =
            async { self.solve(Solve { definition: tree.decode()?, ..Solve::default() }).await };
        cell.get_or_init(|| solve).await.clone()
    }

    /// Makes files known that are solved already.
    pub(crate) fn opened(&self, tree: &Tree, reference: &Ref) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.insert(tree.clone(), Arc::new(OnceCell::from(Ok(reference.clone()))));
    }

    /// Runs what a definition that was solved depends on.
    ///
    /// # Errors
    ///
    /// A step fails, or the request does.
    async fn evaluate(&self, reference: &str) -> Result<(), RpcError> {
        // An engine that cannot be told to evaluate does it to answer this.
        let stat = StatFileRequest {
            r#ref: reference.to_owned(),
            path: ".".to_owned(),
            ..StatFileRequest::default()
        };
        self.gateway.stat_file(stat).await.map(|_| ())
    }

    /// An option of the request.
    pub(crate) fn option(&self, key: &str) -> Option<&str> {
        self.environment.opts.get(key).map(String::as_str)
    }

    /// The requests that have no wrapper here.
    pub(crate) fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Solves a definition.
    ///
    /// # Errors
    ///
    /// The engine lacks a capability that a vertex needs, or says no.
    pub(crate) async fn solve(&self, solve: Solve) -> Result<Ref, Failure> {
        self.check_capabilities(&solve.definition)?;
        let mut evaluate_after = false;
        let mut request = SolveRequest {
            definition: Some(solve.definition),
            cache_imports: solve.cache_imports,
            source_policies: self.source_policies(solve.source_policy.as_ref()),
            ..self.request()
        };
        if solve.evaluate {
            request.evaluate = self.caps.has(caps::GATEWAY_EVALUATE_SOLVE);
            evaluate_after = !request.evaluate;
        }
        let size = request.encoded_len();
        if size > MAX_MESSAGE_SIZE {
            let definition = request.definition.unwrap_or_default();
            return Err(oversized::graph(&definition, size).into());
        }
        let response =
            self.gateway.solve(request).await.map_err(|error| Failure::verbatim(&error))?;
        let reference = response.into_reference();
        let reference = reference.map_err(|error| Error::new(format!("Solve: {error}")))?;
        if let (true, Some(id)) = (evaluate_after, &reference) {
            let evaluated = self.evaluate(id).await;
            evaluated
                .map_err(|error| Failure::request(&error, "failed to evaluate the definition"))?;
        }
        Ok(reference)
    }

    /// What the images of a definition may be, as far as the engine can enforce it.
    fn source_policies(&self, policy: Option<&SourcePolicy>) -> Vec<Policy> {
        let Some(policy) = policy else { return Vec::new() };
        if !self.llb_caps.has(caps::SOURCE_POLICY) {
            tracing::debug!(
                "the engine takes no source policies: contracts are enforced here alone"
            );
            return Vec::new();
        }
        let policies = policy.to_pb();
        if policies.is_empty() {
            tracing::debug!(
                "contracts and images come to more than {MAX_RULES} rules (MAX_RULES): they are enforced here alone"
            );
        }
        policies
    }

    /// Asks another frontend.
    ///
    /// # Errors
    ///
    /// What it says.
    pub(crate) async fn solve_frontend(
        &self,
        frontend: &str,
        options: BTreeMap<String, String>,
        inputs: Inputs,
    ) -> Result<gateway::Result, RpcError> {
        let mut request = self.request();
        frontend.clone_into(&mut request.frontend);
        request.frontend_opt.extend(options);
        request.frontend_inputs = inputs.into_iter().map(MapEntry::from).collect();
        let response = self.gateway.solve(request).await?;
        Ok(response.into_result())
    }

    /// The frontend inputs of the build, none where the engine knows none. However many want them, the
    /// engine is asked once.
    ///
    /// # Errors
    ///
    /// The request failed, or an input has no vertices.
    pub(crate) async fn inputs(&self) -> Result<&Inputs, Failure> {
        let ask = async {
            if !self.caps.has(caps::FRONTEND_INPUTS) {
                return Ok(Inputs::new());
            }
            let response = self.gateway.inputs(InputsRequest {}).await;
            let what = "failed to get frontend inputs";
            let response = response.map_err(|error| Failure::request(&error, what))?;
            // The empty file system is nil, too, as clients send it.
            let read = |MapEntry { key, value }: MapEntry<pb::Definition>| match value {
                Some(definition) if !definition.metadata.is_empty() => Ok((key, definition)),
                _ => Err(Error::new(format!(
                    "{what}: invalid nil input definition to definition op"
                ))
                .hint(format!("give the input {} at least one vertex", quote(&key)))),
            };
            Ok(response.definitions.into_iter().map(read).collect::<Result<_, _>>()?)
        };
        self.inputs.get_or_init(|| ask).await.as_ref().map_err(Clone::clone)
    }

    fn request(&self) -> SolveRequest {
        let mut options = BTreeMap::new();
        for key in SOLVE_OPTIONS {
            if let Some(value) = self.option(key) {
                options.insert(key.to_owned(), value.to_owned());
            }
        }
        SolveRequest { frontend_opt: options, ..SolveRequest::new(None) }
    }

    /// Fails where a vertex needs what the engine lacks, rather than let the engine do it: this error
    /// names the version that has it.
    fn check_capabilities(&self, definition: &pb::Definition) -> Result<(), Failure> {
        for metadata in definition.metadata.values() {
            for (cap, _) in metadata.caps.iter().filter(|(_, needed)| **needed) {
                if let Err(error) = self.llb_caps.supports(cap) {
                    return Err(Error::new(error.to_string())
                        .hint("update BuildKit, or do without the feature")
                        .into());
                }
            }
        }
        Ok(())
    }

    /// Reads a file, or a part of it; `None` where it is not there.
    ///
    /// # Errors
    ///
    /// Anything but that it is not there.
    pub(crate) async fn read_file(
        &self,
        reference: &Ref,
        path: &str,
        range: Option<FileRange>,
    ) -> Result<Option<Vec<u8>>, RpcError> {
        match self.read_existing_file(reference, path, range).await {
            Ok(data) => Ok(Some(data)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a file that must be there, or a part of it.
    ///
    /// # Errors
    ///
    /// Anything, as the engine says it.
    pub(crate) async fn read_existing_file(
        &self,
        reference: &Ref,
        path: &str,
        range: Option<FileRange>,
    ) -> Result<Vec<u8>, RpcError> {
        let request = ReadFileRequest {
            r#ref: reference.clone().unwrap_or_default(),
            file_path: path.to_owned(),
            range,
            ..ReadFileRequest::default()
        };
        Ok(self.gateway.read_file(request).await?.data)
    }

    /// Why a file could not be read, as part of `what`: where it is larger than a message, how large it is.
    pub(crate) async fn unreadable(
        &self,
        reference: &Ref,
        path: &str,
        what: &str,
        error: &RpcError,
    ) -> Failure {
        if error.is_too_large() {
            let request = StatFileRequest {
                r#ref: reference.clone().unwrap_or_default(),
                path: path.to_owned(),
                ..StatFileRequest::default()
            };
            let stat =
                self.gateway.stat_file(request).await.ok().and_then(|response| response.stat);
            let size = stat.map_or(0, |stat| stat.size);
            if usize::try_from(size).is_ok_and(|size| size >= MAX_MESSAGE_SIZE - ENVELOPE) {
                return oversized::file(path, size).context(what).into();
            }
        }
        Failure::request(error, what)
    }

    /// Reads an ignore file; `None` where it is not there. A directory of that name is none.
    ///
    /// # Errors
    ///
    /// Anything else.
    pub(crate) async fn read_ignore_file(
        &self,
        reference: &Ref,
        path: &str,
    ) -> Result<Option<Vec<u8>>, RpcError> {
        match self.read_file(reference, path, None).await {
            Err(error) if error.is_directory() => Ok(None),
            read => read,
        }
    }
}
