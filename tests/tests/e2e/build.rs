//! One build by the client, and what came of it.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Command, ExitStatus, Output, Stdio},
    thread,
};

use aliasfront_tests::progress::{Counts, Kind, Progress, Vertex};
use serde_json::json;

use crate::{
    engine::{self, Engine, Frontend},
    project::Project,
};

/// A build to be run. Starts as `docker buildx build` with the base images in place and the tested frontend.
pub(crate) struct Build<'a> {
    project: &'a Project,
    engine: Engine,
    frontend: Frontend,
    options: Vec<String>,
}

impl<'a> Build<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        Self {
            project,
            engine: Engine::default(),
            frontend: engine::frontend(),
            options: Vec::new(),
        }
    }

    /// Builds on this engine.
    pub(crate) fn on(mut self, engine: &Engine) -> Self {
        self.engine = engine.clone();
        self
    }

    /// Reads the Dockerfile with this frontend.
    pub(crate) fn frontend(mut self, frontend: Frontend) -> Self {
        self.frontend = frontend;
        self
    }

    /// Reads the Dockerfile with this frontend, and leaves the Dockerfile as it is: lines and digests that are
    /// compared depend on it.
    pub(crate) fn frontend_by_argument(self, frontend: &Frontend) -> Self {
        let build = self.frontend(Frontend::Builtin);
        match frontend {
            Frontend::Builtin => build,
            Frontend::Image(image) => build.arg("BUILDKIT_SYNTAX", image),
        }
    }

    pub(crate) fn target(self, target: &str) -> Self {
        self.option("--target", target)
    }

    pub(crate) fn arg(self, name: &str, value: &str) -> Self {
        self.option("--build-arg", format!("{name}={value}"))
    }

    pub(crate) fn context(self, name: &str, source: &str) -> Self {
        self.option("--build-context", format!("{name}={source}"))
    }

    pub(crate) fn platforms(self, platforms: &str) -> Self {
        self.option("--platform", platforms)
    }

    /// Keeps the image in the engine under this name.
    pub(crate) fn tag(self, image: &str) -> Self {
        self.option("--tag", image)
    }

    /// Pushes the image.
    pub(crate) fn push(mut self, image: &str) -> Self {
        self.options.push("--push".into());
        self.option("--tag", image)
    }

    /// Any other option of the client.
    pub(crate) fn option(mut self, name: &str, value: impl Into<String>) -> Self {
        self.options.extend([name.to_owned(), value.into()]);
        self
    }

    /// The command that runs this build.
    pub(crate) fn command(&self) -> Command {
        self.project.set_frontend(&self.frontend);
        let mut command = self.engine.docker();
        command.args(["buildx", "build", "--progress=rawjson"]).args(&self.options);
        for (name, source) in engine::base_contexts() {
            command.arg("--build-context").arg(format!("{name}={source}"));
        }
        command.arg(self.project.root());
        command
    }

    pub(crate) fn run(self) -> Outcome {
        Outcome::of(&mut self.command())
    }

    /// Runs it, and does something with the client's process once a vertex with this text in its name was started.
    #[track_caller]
    pub(crate) fn run_and_at(self, text: &str, then: impl FnOnce(u32)) -> Outcome {
        let mut client = self
            .command()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the docker client runs");
        let mut stdout = client.stdout.take().expect("its output is piped");
        let printing = thread::spawn(move || {
            let mut printed = Vec::new();
            // What was printed until then is what it printed.
            let _ = stdout.read_to_end(&mut printed);
            printed
        });
        let stderr = BufReader::new(client.stderr.take().expect("its output is piped"));
        let mut progress = Progress::default();
        let mut then = Some(then);
        for line in stderr.lines().map_while(Result::ok) {
            progress.push_line(&line);
            let is_there = |(_, vertex): (_, &Vertex)| vertex.started && vertex.name.contains(text);
            if then.is_some() && progress.vertices().iter().any(is_there) {
                then.take().into_iter().for_each(|then| then(client.id()));
            }
        }
        let status = client.wait().expect("the client ends");
        let printed = printing.join().expect("what it prints can be read");
        assert!(then.is_none(), "it never came to {text:?}:\n{}", progress.messages());
        Outcome { status, progress, printed: String::from_utf8_lossy(&printed).into_owned() }
    }

    /// Runs it, and it succeeds.
    #[track_caller]
    pub(crate) fn succeeds(self) -> Outcome {
        self.run().succeeded()
    }

    /// Runs it, and it fails.
    #[track_caller]
    pub(crate) fn fails(self) -> Outcome {
        let outcome = self.run();
        assert!(!outcome.status.success(), "the build succeeded: {:?}", outcome.counts());
        outcome
    }
}

/// Builds several targets at once with `docker buildx bake`, from a bake file of the project or, without one, from a
/// description of just these targets.
#[track_caller]
pub(crate) fn bake(
    project: &Project,
    frontend: &Frontend,
    targets: &[&str],
    arguments: &[(&str, &str)],
) -> Outcome {
    bake_on(&Engine::default(), project, frontend, targets, arguments)
}

/// The same on this engine.
#[track_caller]
pub(crate) fn bake_on(
    engine: &Engine,
    project: &Project,
    frontend: &Frontend,
    targets: &[&str],
    arguments: &[(&str, &str)],
) -> Outcome {
    project.set_frontend(frontend);
    let common = json!({
        "context": ".",
        "contexts": engine::base_contexts().collect::<BTreeMap<_, _>>(),
        "args": arguments.iter().copied().collect::<BTreeMap<_, _>>(),
        "output": ["type=cacheonly"],
    });
    let mut description = json!({ "target": { "_common": common } });
    let mut command = engine.docker();
    command.current_dir(project.root()).args(["buildx", "bake", "--progress=rawjson"]);
    if project.root().join("docker-bake.hcl").exists() {
        command.args(["-f", "docker-bake.hcl"]);
    } else {
        for target in targets {
            description["target"][target] = json!({ "inherits": ["_common"], "target": target });
        }
    }
    fs::write(project.root().join("bake-here.json"), description.to_string())
        .expect("files can be written");
    command.args(["-f", "bake-here.json"]).args(targets);
    Outcome::of(&mut command).succeeded()
}

/// What came of a build.
pub(crate) struct Outcome {
    pub status: ExitStatus,
    pub progress: Progress,
    /// What the client printed beside the progress: the frontend's message, for one.
    pub printed: String,
}

impl Outcome {
    /// Runs a command that prints its progress as records.
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::of_output(&command.output().expect("the docker client runs"))
    }

    /// Runs such a command with this as its standard input.
    pub(crate) fn with_input(command: &mut Command, input: &[u8]) -> Self {
        let mut client = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the docker client runs");
        // The pipe holds what tests write into it, and is closed when it is dropped.
        let mut stdin = client.stdin.take().expect("its input is piped");
        stdin.write_all(input).expect("the docker client reads");
        drop(stdin);
        Self::of_output(&client.wait_with_output().expect("the docker client ends"))
    }

    fn of_output(output: &Output) -> Self {
        Self {
            status: output.status,
            progress: Progress::read(&String::from_utf8_lossy(&output.stderr)),
            printed: String::from_utf8_lossy(&output.stdout).into_owned(),
        }
    }

    /// It succeeded.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert!(self.status.success(), "the build failed:\n{}", self.progress.messages());
        self
    }

    pub(crate) fn counts(&self) -> Counts {
        self.progress.counts()
    }

    /// The steps that ran, by name, in order of name.
    pub(crate) fn executed(&self) -> Vec<String> {
        let mut names: Vec<_> = self
            .progress
            .steps()
            .filter(|step| step.executed())
            .map(|step| step.name.clone())
            .collect();
        names.sort();
        names
    }

    /// Whether any vertex was announced, run or not, whose name holds this text.
    pub(crate) fn mentions(&self, text: &str) -> bool {
        self.progress.vertices().values().any(|vertex| vertex.name.contains(text))
    }

    /// How many processes ran whose name holds this text.
    pub(crate) fn processes(&self, text: &str) -> usize {
        self.progress
            .steps()
            .filter(|step| step.kind() == Kind::Exec && step.executed() && step.name.contains(text))
            .count()
    }
}
