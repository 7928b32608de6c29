//! The service: answers requests as a daemon would, or as a test wants it, and records them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bollard_buildkit_proto::google::protobuf::Timestamp;
use bollard_buildkit_proto::moby::buildkit::v1::frontend;
use bollard_buildkit_proto::moby::buildkit::v1::frontend::llb_bridge_server::LlbBridge;
use bollard_buildkit_proto::moby::buildkit::v1::frontend::{
    EvaluateRequest, EvaluateResponse, ExecMessage, InputsRequest, InputsResponse,
    NewContainerRequest, NewContainerResponse, PingRequest, PongResponse, ReadDirRequest,
    ReadDirResponse, ReadFileRequest, ReadFileResponse, Ref, ReleaseContainerRequest,
    ReleaseContainerResponse, ResolveImageConfigRequest, ResolveImageConfigResponse,
    ResolveSourceGitResponse, ResolveSourceHttpResponse, ResolveSourceImageResponse,
    ResolveSourceMetaRequest, ResolveSourceMetaResponse, ReturnResponse, StatFileRequest,
    StatFileResponse, WarnRequest, WarnResponse,
};
use bollard_buildkit_proto::moby::buildkit::v1::types::WorkerRecord;
use bollard_buildkit_proto::pb;
use buildkit_proto::MapEntry;
use buildkit_proto::gateway::{
    Result as BuildResult, ReturnRequest, SolveRequest, SolveResponse, result,
};
use buildkit_proto::pb::{Definition, Op, op};
use prost::Message;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use super::built;
use super::fault::{Fault, Rpc};
use super::files::Files;
use super::images::{Found, look_up, platform_name};
use super::recording::{
    Asked, Forwarded, Lookup, Outcome, Recording, Returned, Solved, Warning, range_text,
};
use super::steps::Step;
use super::world::World;
use crate::graph::Graph;

/// More than the largest message, which is 16 MiB.
const OVERSIZED: usize = 17 << 20;

/// How long requests are held back for others to come beside them.
const HOLD: Duration = Duration::from_secs(5);

/// The time between the answers to requests that were held back.
const STAGGER: Duration = Duration::from_millis(20);

/// The service of one build.
pub(super) struct Bridge {
    world: World,
    /// When the frontend was started.
    start: Instant,
    state: Mutex<State>,
    /// How many requests were held back.
    held: watch::Sender<usize>,
    pub(super) control: Arc<Control>,
}

/// What a fault does to the connection.
#[derive(Default)]
pub(super) struct Control {
    pub(super) disconnect: Notify,
    pub(super) close_stdin: Notify,
}

#[derive(Default)]
struct State {
    recording: Recording,
    in_flight: BTreeMap<Rpc, usize>,
    definitions: HashMap<String, Definition>,
    /// What steps left behind, by refs.
    left: HashMap<String, Files>,
}

/// A request that is being answered.
struct Visit<'a> {
    bridge: &'a Bridge,
    rpc: Rpc,
    /// A fault that only the answer can express.
    fault: Option<Fault>,
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        let mut state = self.bridge.state();
        if let Some(count) = state.in_flight.get_mut(&self.rpc) {
            *count = count.saturating_sub(1);
        }
    }
}

impl Visit<'_> {
    fn has(&self, fault: &Fault) -> bool {
        self.fault.as_ref() == Some(fault)
    }

    /// Bytes for an answer: too many if that is the fault.
    fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        match self.fault {
            Some(Fault::Oversized) => vec![b' '; OVERSIZED],
            Some(Fault::MalformedConfig) => b"{\"config\": [".to_vec(),
            Some(Fault::EmptyAnswer) => Vec::new(),
            _ => bytes,
        }
    }

    /// Text for an answer: too much if that is the fault.
    fn text(&self) -> String {
        if self.has(&Fault::Oversized) { " ".repeat(OVERSIZED) } else { String::new() }
    }
}

impl Bridge {
    /// The service of a frontend that is started right after.
    pub(super) fn new(world: World) -> Self {
        Self {
            world,
            start: Instant::now(),
            state: Mutex::default(),
            held: watch::Sender::new(0),
            control: Arc::default(),
        }
    }

    /// What was seen so far.
    pub(super) fn recording(&self) -> Recording {
        let state = self.state();
        let mut recording = state.recording.clone();
        recording.outstanding = state.in_flight.values().sum();
        recording
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request, and does to it what the test wants.
    async fn visit(&self, rpc: Rpc) -> Result<Visit<'_>, Status> {
        let nth = {
            let mut state = self.state();
            state.recording.timeline.push((rpc, self.start.elapsed()));
            let in_flight = state.in_flight.entry(rpc).or_default();
            *in_flight += 1;
            let in_flight = *in_flight;
            let at_once = state.recording.at_once.entry(rpc).or_default();
            *at_once = in_flight.max(*at_once);
            let count = state.recording.requests.entry(rpc).or_default();
            *count += 1;
            *count
        };
        let mut visit = Visit { bridge: self, rpc, fault: None };
        if let Some((_, together)) = self.world.held.filter(|(held, _)| *held == rpc) {
            self.hold(together).await;
        }
        let fault = self.world.fault(rpc, nth);
        if let Some(status) = fault.as_ref().and_then(Fault::status) {
            return Err(status);
        }
        match fault {
            Some(Fault::Disconnect) => {
                self.control.disconnect.notify_one();
                pending::<()>().await;
            }
            Some(Fault::CloseStdin) => {
                self.control.close_stdin.notify_one();
                pending::<()>().await;
            }
            Some(Fault::LeaveAfter(time)) => {
                let control = Arc::clone(&self.control);
                tokio::spawn(async move {
                    sleep(time).await;
                    control.disconnect.notify_one();
                });
            }
            Some(Fault::Silence) => pending::<()>().await,
            Some(Fault::Delay(time)) => sleep(time).await,
            fault => visit.fault = fault,
        }
        Ok(visit)
    }

    /// Holds a request back until enough are there, or none comes any more, and then lets the last go first.
    async fn hold(&self, together: usize) {
        self.held.send_modify(|count| *count += 1);
        let place = *self.held.borrow();
        let mut held = self.held.subscribe();
        // Too few in time: the recording tells it.
        let _ = timeout(HOLD, held.wait_for(|count| *count >= together)).await;
        let behind = u32::try_from(together.saturating_sub(place)).unwrap_or_default();
        sleep(STAGGER * behind).await;
    }

    /// Looks an image up, and records that.
    async fn image(
        &self,
        visit: &Visit<'_>,
        lookup: Lookup,
        platform: Option<&pb::Platform>,
    ) -> Result<Found, Status> {
        let reference = lookup.reference.clone();
        let in_registry = lookup.mode == "pull" && self.world.in_registry.contains_key(&reference);
        let before = {
            let lookups = &mut self.state().recording.lookups;
            let before = lookups.iter().filter(|lookup| lookup.reference == reference).count();
            lookups.push(lookup);
            before
        };
        let images = if in_registry { &self.world.in_registry } else { &self.world.images };
        if images.get(&reference).is_some_and(|image| image.silent) {
            pending::<()>().await;
        }
        let mut found = look_up(images, &reference, platform, before)?;
        found.config = visit.bytes(found.config);
        if visit.has(&Fault::EmptyAnswer) {
            found.digest.clear();
        }
        Ok(found)
    }

    /// The files that a ref is made of: what a step left behind, or what its definition comes to; where nobody knows that,
    /// those of the first local source of its definition, or of its first source.
    ///
    /// A source that no test gave files to hasn't even a root: it is missing like `path`.
    fn files(&self, id: &str, path: &str) -> Result<Cow<'_, Files>, Status> {
        let mut state = self.state();
        if let Some(files) = state.left.get(id) {
            return Ok(Cow::Owned(files.clone()));
        }
        let definition = state
            .definitions
            .get(id)
            .cloned()
            .ok_or_else(|| Status::unknown(format!("no such ref: {id}")))?;
        if let Some(files) = built::files(&self.world, &definition) {
            state.left.insert(id.to_owned(), files.clone());
            return Ok(Cow::Owned(files));
        }
        let sources: Vec<pb::SourceOp> = definition
            .def
            .iter()
            .filter_map(|bytes| Op::decode(bytes.as_slice()).ok())
            .filter_map(|op| match op.op {
                Some(op::Op::Source(source)) => Some(source),
                _ => None,
            })
            .collect();
        let local = sources.iter().find(|source| source.identifier.starts_with("local://"));
        let source = local.or(sources.first());
        let files = source.and_then(|source| self.world.files(&source.identifier));
        let files = files.ok_or_else(|| self.world.missing.status("open", path))?;
        let names_alone = source.is_some_and(|it| it.attrs.contains_key("local.metadatatransfer"));
        Ok(if names_alone { Cow::Owned(files.names_alone()) } else { Cow::Borrowed(files) })
    }

    fn ask(&self, asked: Asked) {
        self.state().recording.files.push(asked);
    }

    /// Answers `Solve`.
    pub(super) async fn answer_solve(
        &self,
        request: SolveRequest,
    ) -> Result<SolveResponse, Status> {
        let visit = self.visit(Rpc::Solve).await?;
        present(&request.frontend_inputs)?;
        let mut id = if request.frontend.is_empty() {
            let id = self.solve_definition(&request);
            if let Some(step) = request.definition.as_ref().and_then(Step::of) {
                let left = step.run(&self.world).await?;
                self.state().left.insert(id.clone(), left);
            }
            id
        } else {
            self.state().recording.forwarded.push(Forwarded {
                frontend: request.frontend.clone(),
                opts: request.frontend_opt.clone(),
                inputs: request.frontend_inputs.iter().map(|input| input.key.clone()).collect(),
            });
            String::new()
        };
        if visit.has(&Fault::EmptyAnswer) {
            return Ok(SolveResponse::default());
        }
        if visit.has(&Fault::UnknownRef) {
            "no-such-ref".clone_into(&mut id);
        }
        id += &visit.text();
        if !request.allow_result_return {
            return Ok(SolveResponse { r#ref: id, result: None });
        }
        let result = if request.allow_result_array_ref {
            result::Result::Ref(Ref { id, def: None })
        } else {
            result::Result::RefDeprecated(id)
        };
        let result = BuildResult { result: Some(result), ..BuildResult::default() };
        Ok(SolveResponse { r#ref: String::new(), result: Some(result) })
    }

    fn solve_definition(&self, request: &SolveRequest) -> String {
        let mut state = self.state();
        let definition = request.definition.clone().unwrap_or_default();
        let id = if definition.def.is_empty() {
            String::new()
        } else {
            format!("ref-{}", state.recording.solves.len() + 1)
        };
        state.recording.solves.push(Solved {
            id: id.clone(),
            graph: Graph::new(&definition).ok(),
            evaluate: request.evaluate,
            cache_imports: request
                .cache_imports
                .iter()
                .map(|import| (import.r#type.clone(), import.attrs.clone().into_iter().collect()))
                .collect(),
            source_policies: request.source_policies.clone(),
        });
        if !id.is_empty() {
            state.definitions.insert(id.clone(), definition);
        }
        id
    }

    /// Answers `Return`.
    pub(super) async fn answer_return(
        &self,
        request: ReturnRequest,
    ) -> Result<ReturnResponse, Status> {
        let _visit = self.visit(Rpc::Return).await?;
        let outcome = match request.error {
            Some(error) => Outcome::Error(error),
            None => Outcome::Result(self.returned(request.result.unwrap_or_default())?),
        };
        self.state().recording.outcome = Some(outcome);
        Ok(ReturnResponse {})
    }

    fn returned(&self, result: BuildResult) -> Result<Returned, Status> {
        let single = |id: String| BTreeMap::from([(String::new(), id)]);
        let ids: BTreeMap<String, String> = match result.result {
            None => BTreeMap::new(),
            Some(result::Result::RefDeprecated(id)) => single(id),
            Some(result::Result::Ref(one)) => single(one.id),
            Some(result::Result::RefsDeprecated(refs)) => refs.refs.into_iter().collect(),
            Some(result::Result::Refs(refs)) => {
                present(&refs.refs)?;
                let id = |entry: MapEntry<Ref>| (entry.key, entry.value.unwrap_or_default().id);
                refs.refs.into_iter().map(id).collect()
            }
        };
        let state = self.state();
        let mut graphs = BTreeMap::new();
        for (key, id) in ids.iter().filter(|(_, id)| !id.is_empty()) {
            let definition = state
                .definitions
                .get(id)
                .ok_or_else(|| Status::unknown(format!("return reference {id} not found")))?;
            graphs.insert(key.clone(), Graph::new(definition).map_err(Status::invalid_argument)?);
        }
        Ok(Returned {
            ids,
            graphs,
            metadata: result.metadata.into_iter().collect(),
            attestations: result.attestations.into_iter().collect(),
        })
    }
}

/// Fails on a value that a daemon takes for nil, and goes down with.
fn present<V: Debug + Default + Message>(entries: &[MapEntry<V>]) -> Result<(), Status> {
    match entries.iter().find(|entry| entry.value.is_none()) {
        Some(entry) => Err(Status::internal(format!("{} is nil to a daemon", entry.key))),
        None => Ok(()),
    }
}

#[tonic::async_trait]
impl LlbBridge for Bridge {
    async fn ping(&self, _: Request<PingRequest>) -> Result<Response<PongResponse>, Status> {
        let visit = self.visit(Rpc::Ping).await?;
        if visit.has(&Fault::EmptyAnswer) {
            return Ok(Response::new(PongResponse::default()));
        }
        Ok(Response::new(PongResponse {
            frontend_api_caps: self.world.caps.gateway(),
            llb_caps: self.world.caps.llb(),
            workers: vec![WorkerRecord {
                id: "w1".to_owned() + &visit.text(),
                platforms: self.world.worker_platforms(),
                ..WorkerRecord::default()
            }],
        }))
    }

    async fn inputs(&self, _: Request<InputsRequest>) -> Result<Response<InputsResponse>, Status> {
        let visit = self.visit(Rpc::Inputs).await?;
        let mut definitions: HashMap<String, pb::Definition> =
            self.world.inputs.clone().into_iter().collect();
        if visit.has(&Fault::Oversized) {
            let def = vec![visit.bytes(Vec::new())];
            definitions
                .insert("oversized".to_owned(), pb::Definition { def, ..Default::default() });
        }
        Ok(Response::new(InputsResponse { definitions }))
    }

    async fn solve(
        &self,
        _: Request<frontend::SolveRequest>,
    ) -> Result<Response<frontend::SolveResponse>, Status> {
        Err(Status::internal("the service answers Solve apart"))
    }

    async fn resolve_image_config(
        &self,
        request: Request<ResolveImageConfigRequest>,
    ) -> Result<Response<ResolveImageConfigResponse>, Status> {
        let visit = self.visit(Rpc::ResolveImageConfig).await?;
        let request = request.into_inner();
        let lookup = Lookup {
            rpc: visit.rpc,
            reference: request.r#ref.clone(),
            platform: platform_name(request.platform.as_ref()),
            mode: request.resolve_mode,
            log_name: request.log_name,
        };
        let identifier = format!("docker-image://{}", request.r#ref);
        let redirected = self.world.redirects.get(&identifier).cloned();
        let reference = match redirected {
            None => request.r#ref,
            Some(other) => match other.strip_prefix("docker-image://") {
                Some(reference) => reference.to_owned(),
                None => {
                    return Err(Status::unknown("the policy turns the image into something else"));
                }
            },
        };
        let lookup = Lookup { reference: reference.clone(), ..lookup };
        let found = self.image(&visit, lookup, request.platform.as_ref()).await?;
        Ok(Response::new(ResolveImageConfigResponse {
            digest: found.digest,
            config: found.config,
            r#ref: reference,
        }))
    }

    async fn resolve_source_meta(
        &self,
        request: Request<ResolveSourceMetaRequest>,
    ) -> Result<Response<ResolveSourceMetaResponse>, Status> {
        let visit = self.visit(Rpc::ResolveSourceMeta).await?;
        let request = request.into_inner();
        let mut source =
            request.source.ok_or_else(|| Status::invalid_argument("the request has no source"))?;
        if let Some(other) = self.world.redirects.get(&source.identifier) {
            source.identifier.clone_from(other);
        }
        let image = ["docker-image://", "oci-layout://"]
            .iter()
            .find_map(|scheme| source.identifier.strip_prefix(scheme));
        let Some(reference) = image else {
            self.state().recording.sources.push(source.identifier.clone());
            if visit.has(&Fault::EmptyAnswer) {
                return Ok(Response::new(ResolveSourceMetaResponse::default()));
            }
            let wants_commit = request.git.is_some_and(|git| git.return_object);
            let commit = self.world.commits.get(&source.identifier).filter(|_| wants_commit);
            let changed = self.world.changes.get(&source.identifier);
            let revision = self.world.revisions.get(&source.identifier);
            let git = (commit.is_some() || revision.is_some()).then(|| ResolveSourceGitResponse {
                checksum: revision.cloned().unwrap_or_default(),
                commit_object: commit.cloned().unwrap_or_default(),
                ..ResolveSourceGitResponse::default()
            });
            let http = source.identifier.starts_with("http").then(|| ResolveSourceHttpResponse {
                checksum: format!("sha256:{}", "4".repeat(64)),
                last_modified: changed.map(|seconds| Timestamp { seconds: *seconds, nanos: 0 }),
                ..ResolveSourceHttpResponse::default()
            });
            source.identifier += &visit.text();
            return Ok(Response::new(ResolveSourceMetaResponse {
                source: Some(source),
                git,
                http,
                ..ResolveSourceMetaResponse::default()
            }));
        };
        let lookup = Lookup {
            rpc: visit.rpc,
            reference: reference.to_owned(),
            platform: platform_name(request.platform.as_ref()),
            mode: request.resolve_mode,
            log_name: request.log_name,
        };
        let found = self.image(&visit, lookup, request.platform.as_ref()).await?;
        if visit.has(&Fault::EmptyAnswer) {
            return Ok(Response::new(ResolveSourceMetaResponse::default()));
        }
        Ok(Response::new(ResolveSourceMetaResponse {
            source: Some(source),
            image: Some(ResolveSourceImageResponse {
                digest: found.digest,
                config: found.config,
                ..ResolveSourceImageResponse::default()
            }),
            ..ResolveSourceMetaResponse::default()
        }))
    }

    async fn read_file(
        &self,
        request: Request<ReadFileRequest>,
    ) -> Result<Response<ReadFileResponse>, Status> {
        let visit = self.visit(Rpc::ReadFile).await?;
        let request = request.into_inner();
        let range = request.range.map(|range| (range.offset, range.length));
        self.ask(Asked {
            rpc: visit.rpc,
            id: request.r#ref.clone(),
            path: request.file_path.clone(),
            range,
        });
        let (offset, length) = range.unwrap_or_default();
        let data = self.files(&request.r#ref, &request.file_path)?.read(
            &request.file_path,
            usize::try_from(offset).map_err(|_| Status::invalid_argument("a negative offset"))?,
            usize::try_from(length).map_err(|_| Status::invalid_argument("a negative length"))?,
            self.world.missing,
        )?;
        Ok(Response::new(ReadFileResponse { data: visit.bytes(data) }))
    }

    async fn read_dir(
        &self,
        request: Request<ReadDirRequest>,
    ) -> Result<Response<ReadDirResponse>, Status> {
        let visit = self.visit(Rpc::ReadDir).await?;
        let request = request.into_inner();
        self.ask(Asked {
            rpc: visit.rpc,
            id: request.r#ref.clone(),
            path: request.dir_path.clone(),
            range: None,
        });
        let mut entries = self.files(&request.r#ref, &request.dir_path)?.list(
            &request.dir_path,
            &request.include_pattern,
            self.world.missing,
        )?;
        if let Some(entry) = entries.first_mut() {
            entry.path += &visit.text();
        }
        Ok(Response::new(ReadDirResponse { entries }))
    }

    async fn stat_file(
        &self,
        request: Request<StatFileRequest>,
    ) -> Result<Response<StatFileResponse>, Status> {
        let visit = self.visit(Rpc::StatFile).await?;
        let request = request.into_inner();
        self.ask(Asked {
            rpc: visit.rpc,
            id: request.r#ref.clone(),
            path: request.path.clone(),
            range: None,
        });
        let mut stat =
            self.files(&request.r#ref, &request.path)?.stat(&request.path, self.world.missing)?;
        if visit.has(&Fault::EmptyAnswer) {
            return Ok(Response::new(StatFileResponse::default()));
        }
        stat.path += &visit.text();
        Ok(Response::new(StatFileResponse { stat: Some(stat) }))
    }

    async fn evaluate(
        &self,
        request: Request<EvaluateRequest>,
    ) -> Result<Response<EvaluateResponse>, Status> {
        let _visit = self.visit(Rpc::Evaluate).await?;
        let id = request.into_inner().r#ref;
        if !self.state().definitions.contains_key(&id) {
            return Err(Status::unknown(format!("no such ref: {id}")));
        }
        Ok(Response::new(EvaluateResponse {}))
    }

    async fn warn(&self, request: Request<WarnRequest>) -> Result<Response<WarnResponse>, Status> {
        let _visit = self.visit(Rpc::Warn).await?;
        let request = request.into_inner();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        self.state().recording.warnings.push(Warning {
            short: text(request.short),
            detail: request.detail.into_iter().map(text).collect(),
            url: request.url,
            level: request.level,
            digest: request.digest,
            ranges: request.ranges.iter().map(range_text).collect(),
            file: request.info.map(|info| info.filename),
        });
        Ok(Response::new(WarnResponse {}))
    }

    async fn r#return(
        &self,
        _: Request<frontend::ReturnRequest>,
    ) -> Result<Response<ReturnResponse>, Status> {
        Err(Status::internal("the service answers Return apart"))
    }

    async fn new_container(
        &self,
        _: Request<NewContainerRequest>,
    ) -> Result<Response<NewContainerResponse>, Status> {
        Err(no_containers())
    }

    async fn release_container(
        &self,
        _: Request<ReleaseContainerRequest>,
    ) -> Result<Response<ReleaseContainerResponse>, Status> {
        Err(no_containers())
    }

    type ExecProcessStream = BoxStream<ExecMessage>;

    async fn exec_process(
        &self,
        _: Request<Streaming<ExecMessage>>,
    ) -> Result<Response<Self::ExecProcessStream>, Status> {
        Err(no_containers())
    }

    async fn read_file_container(
        &self,
        _: Request<ReadFileRequest>,
    ) -> Result<Response<ReadFileResponse>, Status> {
        Err(no_containers())
    }

    async fn read_dir_container(
        &self,
        _: Request<ReadDirRequest>,
    ) -> Result<Response<ReadDirResponse>, Status> {
        Err(no_containers())
    }

    async fn stat_file_container(
        &self,
        _: Request<StatFileRequest>,
    ) -> Result<Response<StatFileResponse>, Status> {
        Err(no_containers())
    }
}

/// A Dockerfile frontend runs nothing itself.
fn no_containers() -> Status {
    Status::unimplemented("the test gateway has no containers")
}
