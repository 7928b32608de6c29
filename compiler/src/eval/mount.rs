//! `RUN --mount`

use aliasfront_gotext::path;
use aliasfront_gotext::quote::quote;
use buildkit_dockerfile::instruction::{Mount, MountKind, Run};

use super::outline::Access;
use super::step::{
    Action, FileStep, Files, MountStep, MountStepKind, Owner, RunStep, SecretStep, SshStep, Step,
    StepKind,
};
use super::{Evaluator, Stage};
use crate::context::named::SCRATCH;
use crate::error::Error;
use crate::graph::Command;
use crate::wildcard::Wildcards;

/// The directory of a cache mount whose owner or mode is set.
const CACHE_DIRECTORY: &str = "/cache";
const CACHE_MODE: u32 = 0o755;
const SECRET_MODE: u32 = 0o400;
const SSH_MODE: u32 = 0o600;
/// The id of the agent socket where a mount names none.
const DEFAULT_SSH: &str = "default";

impl Evaluator<'_, '_> {
    /// The mounts, with variables expanded and checked.
    pub(super) fn mounts(
        &mut self,
        stage: &Stage,
        command: &Command,
        run: &Run,
    ) -> Result<Vec<Mount>, Error> {
        let expander = self.expander;
        let mut mounts = Vec::with_capacity(run.mounts.len());
        for flag in &run.mounts {
            // A variable counts in each field that uses it.
            let mut unset = Vec::new();
            let mut budget = self.budget;
            let mut expand = |text: &str| {
                let exceeded = |error: Error| buildkit_dockerfile::Error::new(error.message);
                let expansion = budget.expand(expander, text, &*stage.env).map_err(exceeded)?;
                let expansion = expansion.inspect_err(|_| {
                    unset.extend(expander.names(text, &*stage.env).unset);
                })?;
                unset.extend(expansion.unset);
                budget.charge(expansion.text.len()).map_err(exceeded)?;
                Ok(expansion.text)
            };
            let resolved = flag.resolve(&mut expand);
            self.budget = budget;
            let mut mount = match resolved {
                Ok(mount) => mount,
                Err(error) => {
                    self.report_unset(stage, command, &unset);
                    return Err(Error::from(error).span(flag.value.span));
                }
            };
            // A source is named by global arguments, whatever the stage has under their names.
            if let Some(from) = flag.from.as_ref().filter(|from| from.text.contains('$')) {
                let expansion = self
                    .budget
                    .expand(expander, &from.text, &self.given.globals.env)?
                    .map_err(|error| Error::from(error).span(from.span))?;
                unset.retain(|name| !expansion.used.contains(name));
                mount.from = Some(expansion.text).filter(|from| !from.is_empty());
            }
            self.report_unset(stage, command, &unset);
            mounts.push(mount);
        }
        Ok(mounts)
    }

    /// Adds the mounts to a step.
    pub(super) fn add_mounts(
        &mut self,
        stage: &mut Stage,
        command: &Command,
        mounts: &[Mount],
        step: &mut RunStep,
    ) -> Result<(), Error> {
        for (index, mount) in mounts.iter().enumerate() {
            match mount.kind {
                MountKind::Secret => step.secrets.push(secret(stage, command, index, mount)?),
                MountKind::Ssh => step.ssh.push(ssh(stage, command, index, mount)?),
                MountKind::Bind | MountKind::Cache | MountKind::Tmpfs => {
                    let source = command.sources.get(index).copied().flatten();
                    let mount = self.mount(stage, command, mount, source)?;
                    step.mounts.push(mount);
                }
            }
        }
        Ok(())
    }

    fn mount(
        &mut self,
        stage: &Stage,
        command: &Command,
        mount: &Mount,
        source: Option<crate::graph::NodeId>,
    ) -> Result<MountStep, Error> {
        // A cache starts empty, a bind mount without a source shows the build context.
        let from_stage = mount.from.is_some() || mount.kind == MountKind::Cache;
        let mut files = if from_stage {
            self.files_of(stage, source).ok_or_else(|| {
                Error::new(format!(
                    "cannot mount from stage {} to {}, stage needs to be defined before current command",
                    quote(mount.from.as_deref().unwrap_or(SCRATCH)),
                    quote(&mount.target)
                ))
                .hint("move the stage up, before the one that mounts from it")
            })?
        } else {
            Files::Context
        };
        let kind = match mount.kind {
            MountKind::Tmpfs => {
                files = Files::Scratch;
                MountStepKind::Tmpfs(mount.size)
            }
            MountKind::Cache => {
                let id = match &mount.id {
                    Some(id) => id.clone(),
                    None => path::clean(&mount.target),
                };
                let namespace = &self.given.options().cache_namespace;
                MountStepKind::Cache {
                    id: format!("{namespace}/{id}"),
                    sharing: mount.sharing.unwrap_or_default(),
                }
            }
            _ => MountStepKind::Bind,
        };
        let target = if path::is_abs(&path::clean(&mount.target)) {
            mount.target.clone()
        } else {
            path::join(&["/", &stage.directory, &mount.target])
        };
        if target == "/" {
            return Err(Error::new(format!("invalid mount target {}", quote(&target)))
                .hint("a mount needs target=, a directory other than the root"));
        }
        let path = path::join(&["/", &mount.source]);
        let mut selector = String::new();
        if path != "/" {
            selector.clone_from(&path);
        } else if mount.uid.is_some() || mount.gid.is_some() || mount.mode.is_some() {
            files = self.owned_cache(stage, mount, files);
            CACHE_DIRECTORY.clone_into(&mut selector);
        }
        match source.filter(|_| from_stage) {
            Some(id) => self.use_paths(stage, command, id, [path], Wildcards::Literal),
            None if !from_stage => self.use_context(stage, command, path, Wildcards::Literal),
            None => {}
        }
        Ok(MountStep { target, source: files, selector, kind, read_only: mount.read_only })
    }

    /// `files` with the directory that a cache with an owner or mode starts as.
    fn owned_cache(&mut self, stage: &Stage, mount: &Mount, files: Files) -> Files {
        let id = |id: Option<u64>| id.unwrap_or(0) as u32;
        let action = Action::MakeDirectory {
            path: CACHE_DIRECTORY.to_owned(),
            mode: mount.mode.map_or(CACHE_MODE, |mode| mode as u32),
            parents: false,
            owner: Some(Owner::Ids(id(mount.uid), id(mount.gid))),
            time: None,
        };
        self.push(Step {
            stage: stage.id,
            kind: StepKind::Files(FileStep { root: files, actions: vec![action] }),
            name: "[internal] setting cache mount permissions".to_owned(),
            lines: None,
            ignore_cache: false,
        })
    }
}

fn access(command: &Command, index: usize, mount: &Mount) -> Access {
    Access { required: mount.required, lines: command.instruction.lines, mount: index }
}

fn secret(
    stage: &mut Stage,
    command: &Command,
    index: usize,
    mount: &Mount,
) -> Result<SecretStep, Error> {
    let id = mount.id.as_deref().unwrap_or_default();
    let given = if mount.source.is_empty() { id } else { &mount.source };
    let id = match (given, mount.target.as_str()) {
        ("", "") => return Err(Error::new("one of source, target required")),
        ("", target) => path::base(target).to_owned(),
        (id, _) => id.to_owned(),
    };
    let target = match (mount.target.as_str(), &mount.env) {
        ("", Some(_)) => None,
        ("", None) => Some(format!("/run/secrets/{}", path::base(&id))),
        (target, _) => Some(target.to_owned()),
    };
    let access = access(command, index, mount);
    stage.outline.use_secret(&id, access);
    Ok(SecretStep {
        id,
        target,
        env: mount.env.clone(),
        optional: !mount.required,
        owner: owner(mount, SECRET_MODE),
    })
}

fn ssh(
    stage: &mut Stage,
    command: &Command,
    index: usize,
    mount: &Mount,
) -> Result<SshStep, Error> {
    if !mount.source.is_empty() {
        return Err(Error::new("ssh does not support source").hint("use id= to choose the agent"));
    }
    let id = mount.id.as_deref().unwrap_or(DEFAULT_SSH);
    let access = access(command, index, mount);
    stage.outline.use_ssh(id, access);
    Ok(SshStep {
        id: mount.id.clone().unwrap_or_default(),
        target: mount.target.clone(),
        optional: !mount.required,
        owner: owner(mount, SSH_MODE),
    })
}

/// Owner, group and mode, where any of them is set.
fn owner(mount: &Mount, mode: u32) -> Option<(u32, u32, u32)> {
    if mount.uid.is_none() && mount.gid.is_none() && mount.mode.is_none() {
        return None;
    }
    let number = |value: Option<u64>, default: u32| value.map_or(default, |value| value as u32);
    Some((number(mount.uid, 0), number(mount.gid, 0), number(mount.mode, mode)))
}
