//! The command line's words. Flags mean what they mean to `docker buildx build`.

#![expect(clippy::doc_markdown, reason = "the comments are what --help says")]

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::lock::DEFAULT_FILE;

/// What a Dockerfile's build would do, without a daemon.
#[derive(Debug, Parser)]
#[command(name = "aliasfront", version, about, disable_help_subcommand = true, after_help = EXITS)]
pub struct Cli {
    /// When to use colors; NO_COLOR in the environment is heeded, too
    #[arg(long, value_enum, value_name = "WHEN", default_value_t, global = true)]
    pub color: Color,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXITS: &str = "Ends with 0 if all is fine, 1 if there are findings, 2 if the command line is wrong, 3 if the \
                     Dockerfile is wrong, 4 if something outside failed, such as a registry.";

/// When to use colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// Where a terminal is written to.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tell what a build would do: stages, kept or pruned and why, aliases, arguments, images
    Plan(Asked),
    /// Tell why a stage is part of the build, or why it is not
    Why(Why),
    /// Tell what lint rules find
    Check(Check),
    /// Tell what the target can be given: arguments, secrets, SSH sockets
    Outline(Asked),
    /// List the stages
    Targets(Asked),
    /// Write the graph that a build would solve, for buildctl build
    Llb(Llb),
    /// Tell under which name the image of the target, an alias, is published, and what that is made of
    Fingerprint(Fingerprint),
    /// Write down what images are, for --locked
    Lock(Lock),
    /// Draw the stages: what the target is made of, and what is pruned
    Graph(Graph),
}

/// A picture of a build.
#[derive(Debug, Args)]
pub struct Graph {
    /// The build.
    #[command(flatten)]
    pub build: Build,
    /// A flow chart of Mermaid, a graph for Graphviz, or JSON
    #[arg(long, value_enum, default_value_t)]
    pub format: GraphFormat,
}

/// The form of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum GraphFormat {
    /// For Markdown.
    #[default]
    Mermaid,
    /// For Graphviz.
    Dot,
    /// For programs.
    Json,
}

/// What is done with the lock file.
#[derive(Debug, Args)]
pub struct Lock {
    /// The build whose images are locked: all stages, or the target.
    #[command(flatten)]
    pub build: Build,
    /// Leave out of the file what this build doesn't need
    #[arg(long)]
    pub prune: bool,
    /// Write nothing, and tell which images of the file are others now
    #[arg(long, conflicts_with_all = ["prune", "source_policy"])]
    pub check: bool,
    /// Write nothing but, to standard output, a BuildKit source policy from the file
    #[arg(long, conflicts_with = "prune")]
    pub source_policy: bool,
}

/// A question about a fingerprint.
#[derive(Debug, Args)]
pub struct Fingerprint {
    /// The rest of the question.
    #[command(flatten)]
    pub asked: Asked,
    /// Tell what differs from an earlier answer in JSON, and end with 1 if something does
    #[arg(long, value_name = "JSON", conflicts_with = "format")]
    pub diff: Option<PathBuf>,
}

/// The graph of a build.
#[derive(Debug, Args)]
pub struct Llb {
    /// The build.
    #[command(flatten)]
    pub build: Build,
    /// The definition as buildctl reads it, or JSON with digests
    #[arg(long, value_enum, default_value_t)]
    pub format: LlbFormat,
}

/// The form of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LlbFormat {
    /// The message that clients of BuildKit send.
    #[default]
    Protobuf,
    /// For people and programs.
    Json,
}

/// A question about a build.
#[derive(Debug, Args)]
pub struct Asked {
    /// The build.
    #[command(flatten)]
    pub build: Build,
    /// Text for people, or JSON for programs
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// What is checked.
#[derive(Debug, Args)]
pub struct Check {
    /// The build.
    #[command(flatten)]
    pub build: Build,
    /// Text for people, JSON for programs, SARIF for code scanning, commands for annotations on GitHub
    #[arg(long, value_enum, default_value_t)]
    pub format: CheckFormat,
}

/// The form of what is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum CheckFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// Workflow commands.
    Github,
}

/// A question about a stage.
#[derive(Debug, Args)]
pub struct Why {
    /// The stage that is asked about
    pub stage: String,
    /// The rest of the question.
    #[command(flatten)]
    pub asked: Asked,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// A build.
#[derive(Debug, Clone, Default, Args)]
pub struct Build {
    /// The build context: a directory; - for none, and the Dockerfile from standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub context: PathBuf,
    /// The Dockerfile, PATH/Dockerfile if not given; - for standard input
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The stage to build, the last one if not given
    #[arg(long, value_name = "STAGE")]
    pub target: Option<String>,
    /// A build argument; without a value the environment's
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub build_arg: Vec<String>,
    /// A named context: a directory, docker-image://REFERENCE or an address
    #[arg(long, value_name = "NAME=VALUE")]
    pub build_context: Vec<String>,
    /// The platforms to build for
    #[arg(long, value_name = "PLATFORM,…", value_delimiter = ',')]
    pub platform: Vec<String>,
    /// A label of the image
    #[arg(long, value_name = "KEY=VALUE")]
    pub label: Vec<String>,
    /// Build without cache
    #[arg(long)]
    pub no_cache: bool,
    /// Build these stages without cache
    #[arg(long, value_name = "STAGE,…", value_delimiter = ',')]
    pub no_cache_filter: Vec<String>,
    /// Ask the registry for every image, whatever the engine has
    #[arg(long)]
    pub pull: bool,
    /// Take images from the lock file, and ask no registry
    #[arg(long)]
    pub locked: bool,
    /// The lock file
    #[arg(long, value_name = "FILE", default_value = DEFAULT_FILE)]
    pub lock_file: PathBuf,
}
