//! Changes to files.

use aliasfront_gotext::path;
use buildkit_llb::{Chmod, Chown, Copy, File, Mkdir, Mkfile};

use super::Emitter;
use crate::eval::step::{Action, CopyAction, FileStep, Mode, Owner};

/// Of a second. Times that are too far off for them wrap around, as they do in the reference.
const NANOSECONDS: i64 = 1_000_000_000;

impl Emitter<'_> {
    /// The changes of a step.
    pub(super) fn file(&self, step: &FileStep) -> File {
        let mut file = File::on(self.emitted.output(step.root));
        for action in &step.actions {
            file = match action {
                Action::Copy(copy) => file.copy(self.copy(copy)),
                Action::MakeDirectory { path, mode, parents, owner, time } => {
                    let mut mkdir = Mkdir::new(path, *mode)
                        .chown(owner.as_ref().map(chown))
                        .time(time.map(|time| time.wrapping_mul(NANOSECONDS)));
                    if *parents {
                        mkdir = mkdir.parents();
                    }
                    file.mkdir(mkdir)
                }
                Action::MakeFile { path, mode, data } => {
                    file.mkfile(Mkfile::new(path, *mode, data.clone()))
                }
            };
        }
        file
    }

    fn copy(&self, action: &CopyAction) -> Copy {
        let source = path::join(&["/", &action.source]);
        let mut copy = Copy::new(self.emitted.output(action.from), source, &action.destination)
            .chown(action.owner.as_ref().map(|owner| Chown::parse(owner)))
            .chmod(action.mode.as_ref().map(|mode| match mode {
                Mode::Octal(mode) => Chmod::Octal(*mode),
                Mode::Symbolic(mode) => Chmod::Symbolic(mode.clone()),
            }))
            .include(&action.include)
            .exclude(&action.exclude)
            .require(&action.required)
            .unpack(action.unpack)
            .create_dest_path();
        if action.follow_symlinks {
            copy = copy.follow_symlinks();
        }
        if action.contents_only {
            copy = copy.dir_contents();
        }
        if action.wildcards {
            copy = copy.wildcard().empty_wildcard();
        }
        copy
    }
}

fn chown(owner: &Owner) -> Chown {
    match owner {
        Owner::Named(name) => Chown::parse(name),
        Owner::Ids(user, group) => Chown::ids(*user, *group),
    }
}
