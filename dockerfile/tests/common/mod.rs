//! What the tests share.

use buildkit_dockerfile::instruction::{
    Arg, CommandLine, Instruction, Kind, MountFlag, Operands, Pair,
};
use buildkit_dockerfile::{Comments, Dockerfile, Lines, LooseComment, Span, Word};

/// `dockerfile` without places and what else depends on how it is written rather than on what it says.
pub(crate) fn without_places(mut dockerfile: Dockerfile) -> Dockerfile {
    dockerfile.findings.clear();
    // They are where no instruction is, and aren't printed.
    dockerfile.loose_comments.clear();
    let directives = &mut dockerfile.directives;
    for directive in directives.syntax.iter_mut().chain(&mut directives.check) {
        directive.lines = Lines::default();
    }
    for global in &mut dockerfile.global_args {
        global.lines = Lines::default();
        comments(&mut global.comments);
        args(&mut global.args);
    }
    for stage in &mut dockerfile.stages {
        stage.lines = Lines::default();
        comments(&mut stage.comments);
        stage.source.clear();
        word(&mut stage.base);
        words(&mut stage.name_word);
        words(&mut stage.platform);
        stage.instructions.iter_mut().for_each(instruction);
    }
    dockerfile
}

/// Removes the lines of comments.
fn comments(comments: &mut Comments) {
    *comments = comments.iter().map(|text| LooseComment { text: text.clone(), line: 0 }).collect();
}

/// Removes an instruction's places.
pub(crate) fn instruction(instruction: &mut Instruction) {
    instruction.lines = Lines::default();
    comments(&mut instruction.comments);
    instruction.source.clear();
    match &mut instruction.kind {
        Kind::Add(add) => {
            files(&mut add.files);
            words(add.chown.iter_mut().chain(&mut add.chmod).chain(&mut add.checksum));
            words(&mut add.exclude);
        }
        Kind::Arg(variables) => args(variables),
        Kind::Cmd(command) | Kind::Entrypoint(command) => command_line(command),
        Kind::Copy(copy) => {
            files(&mut copy.files);
            words(copy.from.iter_mut().chain(&mut copy.chown).chain(&mut copy.chmod));
            words(&mut copy.exclude);
        }
        Kind::Env(pairs) | Kind::Label(pairs) => {
            for Pair { key, value, .. } in pairs {
                word(key);
                word(value);
            }
        }
        Kind::Expose(list) | Kind::Volume(list) => words(list),
        Kind::Maintainer(text)
        | Kind::Stopsignal(text)
        | Kind::User(text)
        | Kind::Workdir(text) => word(text),
        Kind::Run(run) => {
            command_line(&mut run.command);
            for MountFlag { value, from, .. } in &mut run.mounts {
                word(value);
                words(from);
            }
        }
        Kind::Healthcheck(_) | Kind::Onbuild(_) | Kind::Shell(_) => {}
    }
}

fn word(word: &mut Word) {
    word.span = Span::default();
}

fn words<'a>(words: impl IntoIterator<Item = &'a mut Word>) {
    words.into_iter().for_each(word);
}

fn args(args: &mut [Arg]) {
    for arg in args {
        word(&mut arg.name);
        words(&mut arg.default);
    }
}

fn files(files: &mut Operands) {
    words(&mut files.sources);
    word(&mut files.destination);
}

fn command_line(command: &mut CommandLine) {
    command.span = Span::default();
}
