//! What keeps a Dockerfile from taking the machine's memory or time.

mod common;

use std::fmt::Write as _;

use aliasfront_compiler::{MAX_EVALUATED_SIZE, MAX_EVALUATION_STEPS};
use common::{compile, config};

/// A stack that a function call for each stage would overflow.
const SMALL_STACK: usize = 512 << 10;
const MANY: usize = 3_000;

/// Runs `work` on a small stack.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(SMALL_STACK).spawn(work).unwrap();
    thread.join().expect("the work is done");
}

/// A global argument of a megabyte.
fn long_argument() -> String {
    let mut text = format!("ARG A0={}\n", "x".repeat(1 << 10));
    for index in 1..=10 {
        writeln!(text, "ARG A{index}=$A{0}$A{0}", index - 1).unwrap();
    }
    text
}

#[test]
fn stages_on_stages_take_no_stack() {
    on_a_small_stack(|| {
        let mut text = "FROM a AS s0\n".to_owned();
        for stage in 1..MANY {
            writeln!(text, "FROM s{} AS s{stage}\nRUN echo {stage}", stage - 1).unwrap();
        }
        let run = compile(text).run();
        assert_eq!(run.names().len(), MANY);
    });
}

#[test]
fn stages_that_take_files_from_stages_take_no_stack() {
    on_a_small_stack(|| {
        let mut text = "FROM a AS s0\n".to_owned();
        for stage in 1..MANY {
            writeln!(text, "FROM scratch AS s{stage}\nCOPY --from=s{} / /{stage}", stage - 1)
                .unwrap();
        }
        assert_eq!(compile(text).run().names().len(), MANY);
    });
}

#[test]
fn circles_take_no_stack() {
    on_a_small_stack(|| {
        let mut text = String::new();
        for stage in 0..MANY {
            writeln!(text, "FROM a AS s{stage}\nCOPY --from=s{} / /", (stage + 1) % MANY).unwrap();
        }
        let run = compile(text).run();
        assert_eq!(run.error().message, "circular dependency detected on stage: s0");
    });
}

#[test]
fn long_variables_in_many_instructions_reach_a_limit() {
    let long = long_argument();
    let many = |instruction: &str| {
        format!(
            "{long}FROM a\nARG A10\nARG A1=80\nWORKDIR /w\n{}",
            format!("{instruction}\n").repeat(300)
        )
    };
    let globals = (0..100).fold(long.clone(), |text, index| text + &format!("ARG B{index}=$A10\n"));
    for text in [
        many("RUN x"),
        many("ENV B=$A10"),
        many("COPY a b c d e $A10"),
        many("EXPOSE 1-65535"),
        globals + "FROM a\n",
        format!("{long}{}", "FROM $A10\n".repeat(100)),
        format!("{long}FROM a AS s\nARG A10\n{}", "FROM s AS s\n".repeat(100)),
    ] {
        let run = compile(text).run();
        let error = run.error();
        assert!(error.message.contains("MAX_EVALUATED_SIZE"), "{}", &error.message[..100]);
        assert!(error.message.contains(&MAX_EVALUATED_SIZE.to_string()));
        assert_eq!(error.locations.len(), 1);
    }
}

/// Words that use a long variable and come to nothing.
#[test]
fn work_that_leaves_nothing_reaches_a_limit() {
    let long = format!("{}ARG A=alpine\n", long_argument());
    let stage = "FROM alpine\nARG A10\n";
    let many = |instruction: &str| format!("{instruction}\n").repeat(300);
    let nothing = "${A10/*/}";
    for text in [
        format!("{long}{stage}{}", many(&format!("LABEL l=\"{nothing}\""))),
        format!("{long}{stage}{}", many(&format!("COPY a /b{nothing}"))),
        format!("{long}{stage}{}", many(&format!("EXPOSE {nothing}80"))),
        format!("{long}{}{stage}", many(&format!("ARG B={nothing}"))),
        format!("{long}{}", many(&format!("FROM $A{nothing}"))),
        format!("{long}{stage}{}", many(&format!("COPY --from=$A{nothing} a b"))),
    ] {
        let run = compile(text).run();
        let error = run.error();
        assert!(error.message.contains("MAX_EVALUATION_STEPS"), "{}", error.message);
        assert!(error.message.contains(&MAX_EVALUATION_STEPS.to_string()));
        assert_eq!(error.locations.len(), 1);
    }
}

/// Heredocs of one name share a body in the Dockerfile, but each becomes a file.
#[test]
fn heredocs_of_one_name_reach_a_limit() {
    let line = format!("{}\n", "x".repeat((64 << 10) - 2));
    for opener in ["<<'a' ", "<<a "] {
        let build = |count: usize| {
            let openers = opener.repeat(count);
            let bodies = format!("{}{}a\n", "a\n".repeat(count - 1), line.repeat(32));
            compile(format!("FROM a\nCOPY {openers}/\n{bodies}")).run()
        };
        assert!(build(MAX_EVALUATED_SIZE / (2 << 20) - 1).result.is_ok());
        let run = build(MAX_EVALUATED_SIZE / (2 << 20) + 1);
        assert!(run.error().message.contains("MAX_EVALUATED_SIZE"));
    }
}

#[test]
fn a_long_environment_of_an_image_counts() {
    let env = format!("LONG={}", "x".repeat(1 << 20));
    let build = |count: usize| {
        compile(format!("FROM a\n{}", "RUN x\n".repeat(count))).image("a", config().env(&env)).run()
    };
    assert!(build(20).result.is_ok());
    assert!(build(100).error().message.contains("MAX_EVALUATED_SIZE"));
}
