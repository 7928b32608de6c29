//! What fuzz targets that compile have in common: a build of a text, with a driver that asks somebody else than an
//! engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use aliasfront_compiler::context::MainContext;
use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::question::Key;
use aliasfront_compiler::{
    Batch, Compilation, Compiler, Error, Fact, Input, Options, Purpose, SourceFile, Vertices,
};
use buildkit_proto::apicaps::CapSet;
use buildkit_proto::caps;

/// How many questions a build of a fuzz target may have: more is a finding.
const MAX_QUESTIONS: usize = 100_000;

/// Compiles `source` with the options of a request. `answer` tells what each question's answer is. `backwards`, answers
/// come one by one, the last question's first.
///
/// # Errors
///
/// What is wrong with the Dockerfile, the options or an answer.
///
/// # Panics
///
/// The compiler waits for nothing, or asks without end.
pub fn compile(
    source: &[u8],
    opts: &BTreeMap<String, String>,
    answer: &dyn Fn(&Key) -> Fact,
    backwards: bool,
) -> Result<Box<Compilation>, Error> {
    let dockerfile = buildkit_dockerfile::parse(source)?;
    let options = Options::parse(opts, "session", Platform::new("linux", "amd64", ""))?;
    let compiler = Compiler::new(Input {
        dockerfile: Arc::new(dockerfile),
        source: SourceFile {
            filename: "Dockerfile".to_owned(),
            data: source.into(),
            definition: None,
        },
        options: Arc::new(options),
        platform: None,
        context: Arc::new(MainContext::Local { local: "context".to_owned() }),
        subdirectory: None,
        caps: Arc::new(CapSet::of(caps::LLB.iter().map(|cap| cap.id))),
        ignore_file: None,
        lint: true,
        all_stages: false,
        vertices: Vertices::Built,
        purpose: Purpose::Build,
    });
    let mut batch = Batch::new([compiler]);
    let mut open = Vec::new();
    let mut answered = 0;
    loop {
        open.extend(batch.advance());
        if batch.is_done() {
            break;
        }
        assert!(!open.is_empty(), "the compiler waits for nothing");
        let from = if backwards { open.len() - 1 } else { 0 };
        for question in open.drain(from..) {
            answered += 1;
            assert!(answered <= MAX_QUESTIONS, "the compiler asks without end");
            let fact = answer(&question.key);
            batch.answer(question.key, fact);
        }
    }
    let outcome = batch.finish().pop();
    outcome.expect("an outcome of the one compilation").result
}
