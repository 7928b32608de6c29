//! The scan that makes an SBOM: a command of the scanner's image over the files of a build.

use aliasfront_gotext::path;
use buildkit_llb::{Definition, Env, Exec, Mount, Source, VertexOptions};

use crate::emit::Emitted;
use crate::error::{Error, ErrorKind};
use crate::eval::step::Files;
use crate::options::SbomOptions;
use crate::wire::PlatformExt as _;
use aliasfront_image::config::ImageConfig;
use aliasfront_image::platform::Platform;

/// The name of the SBOM of a build's result.
pub const CORE: &str = "sbom";
const EXTRA_PREFIX: &str = "sbom-";
const SOURCE_DIRECTORY: &str = "/run/src/";
const RESULT_DIRECTORY: &str = "/run/out/";

/// What is scanned.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The scanner's image, with its digest where the engine resolved one.
    pub scanner: String,
    /// The scanner's image config.
    pub config: ImageConfig,
    /// The platform that the scanner runs on.
    pub platform: Platform,
    /// The key of the result that is scanned.
    pub key: String,
    /// The result's files.
    pub core: Files,
    /// Further files, by name.
    pub extras: Vec<(String, Files)>,
    /// Whether the scan always runs.
    pub ignore_cache: bool,
}

impl Scan {
    /// The definition of the scan's result.
    ///
    /// # Errors
    ///
    /// The scanner's image has no command.
    pub fn definition(
        &self,
        emitted: &mut Emitted,
        options: &SbomOptions,
    ) -> Result<Definition, Error> {
        let run = &self.config.config;
        let words = [&run.entrypoint, &run.cmd];
        let args: Vec<String> = words.into_iter().flatten().cloned().collect();
        if args.is_empty() {
            let message = format!("scanner {} does not have cmd", self.scanner);
            return Err(Error::new(message).kind(ErrorKind::Source));
        }
        let core = path::join(&[SOURCE_DIRECTORY, "core", CORE]);
        let mut env: Env =
            run.env.iter().map(|entry| entry.split_once('=').unwrap_or((entry, ""))).collect();
        env.set("BUILDKIT_SCAN_DESTINATION", RESULT_DIRECTORY);
        env.set("BUILDKIT_SCAN_SOURCE", core.as_str());
        if !self.extras.is_empty() {
            let extras = path::join(&[SOURCE_DIRECTORY, "extras/"]);
            env.set("BUILDKIT_SCAN_SOURCE_EXTRAS", extras);
        }
        for (name, value) in &options.parameters {
            env.set(format!("BUILDKIT_SCAN_{name}"), value.as_str());
        }
        let core_files = emitted.output(self.core);
        let extra_files: Vec<_> =
            self.extras.iter().map(|(name, files)| (name, emitted.output(*files))).collect();

        let llb = &mut emitted.llb;
        let on_platform = VertexOptions::default().platform(self.platform.to_pb());
        let image = llb.add(Source::image(&self.scanner), on_platform.clone());
        let mut exec = Exec::new(args)
            .map_err(|error| Error::new(error.to_string()))?
            .root(image)
            .env(env)
            .cwd(path::join(&["/", &run.working_dir]))
            .mount(Mount::tmpfs("/tmp", 0))
            .mount(Mount::bind(core, core_files).readonly());
        for (name, files) in extra_files {
            let target =
                path::join(&[SOURCE_DIRECTORY, "extras", &format!("{EXTRA_PREFIX}{name}")]);
            exec = exec.mount(Mount::bind(target, files).readonly());
        }
        exec = exec.mount(Mount::bind(RESULT_DIRECTORY, None));
        let name = format!("[{}] generating sbom using {}", self.key, self.scanner);
        let outputs = llb.add(exec, on_platform.name(name).ignore_cache(self.ignore_cache));
        Ok(llb.definition(outputs.mount(RESULT_DIRECTORY)))
    }
}
