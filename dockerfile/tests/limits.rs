//! Every limit has an error that names it, and just below it all is well.

use buildkit_dockerfile::expand::{EnvList, Expander};
use buildkit_dockerfile::limits::{
    MAX_DOCKERFILE_SIZE, MAX_EXPANSION_LENGTH, MAX_EXPANSION_NESTING, MAX_EXPANSION_STEPS,
    MAX_HEREDOC_SIZE, MAX_INSTRUCTION_LENGTH, MAX_INSTRUCTIONS, MAX_LINE_LENGTH,
    MAX_ONBUILD_NESTING, MAX_STAGES,
};
use buildkit_dockerfile::{ErrorKind, parse};

/// What parsing `source` fails with, where it does.
fn error_of(source: &str) -> Option<String> {
    let error = parse(source.as_bytes()).err()?;
    let is_limit = error.message.contains("greater than max allowed size");
    assert_eq!(error.kind == ErrorKind::Limit, is_limit, "{error}");
    Some(error.message)
}

fn exceeded(what: &str, limit: usize, name: &str) -> String {
    format!("{what} greater than max allowed size of {limit} ({name})")
}

#[test]
fn dockerfile_size() {
    let source = |size: usize| {
        let line = format!("#{}\n", "x".repeat(1022));
        let mut source = String::from("FROM a\n");
        while source.len() + line.len() <= size {
            source.push_str(&line);
        }
        source.push_str(&"\n".repeat(size - source.len()));
        source
    };
    assert_eq!(error_of(&source(MAX_DOCKERFILE_SIZE)), None);
    assert_eq!(
        error_of(&source(MAX_DOCKERFILE_SIZE + 1)),
        Some(exceeded("dockerfile", MAX_DOCKERFILE_SIZE, "MAX_DOCKERFILE_SIZE"))
    );
}

#[test]
fn line_length() {
    let source = |length: usize, end: &str| format!("FROM a\nRUN {}{end}", "x".repeat(length - 4));
    assert_eq!(error_of(&source(MAX_LINE_LENGTH, "\n")), None);
    assert_eq!(error_of(&source(MAX_LINE_LENGTH, "")), None);
    for end in ["\n", ""] {
        assert_eq!(
            error_of(&source(MAX_LINE_LENGTH + 1, end)),
            Some("dockerfile line greater than max allowed size of 65535".into())
        );
    }
    // Errors before that line come first.
    let source = format!("nope\nENV x\n{}", source(MAX_LINE_LENGTH + 1, "\n"));
    assert_eq!(error_of(&source), Some("ENV must have two arguments".into()));
}

#[test]
fn instruction_length() {
    let line = format!("{}\\\n", "x".repeat(60_000));
    let source = |lines: usize| format!("FROM a\nRUN {}y\n", line.repeat(lines));
    assert_eq!(error_of(&source(MAX_INSTRUCTION_LENGTH / 60_000)), None);
    assert_eq!(
        error_of(&source(MAX_INSTRUCTION_LENGTH / 60_000 + 1)),
        Some(exceeded("instruction", MAX_INSTRUCTION_LENGTH, "MAX_INSTRUCTION_LENGTH"))
    );
}

#[test]
fn heredoc_size() {
    let source = |size: usize| format!("FROM a\nRUN <<EOF\n{}EOF\n", "123\n".repeat(size / 4));
    assert_eq!(error_of(&source(MAX_HEREDOC_SIZE)), None);
    assert_eq!(
        error_of(&source(MAX_HEREDOC_SIZE + 4)),
        Some(exceeded("heredoc", MAX_HEREDOC_SIZE, "MAX_HEREDOC_SIZE"))
    );
}

#[test]
fn stages_and_instructions() {
    assert_eq!(error_of(&"FROM a\n".repeat(MAX_STAGES)), None);
    assert_eq!(
        error_of(&"FROM a\n".repeat(MAX_STAGES + 1)),
        Some(exceeded("number of stages", MAX_STAGES, "MAX_STAGES"))
    );
    let source = |count: usize| format!("FROM a\n{}", "CMD\n".repeat(count - 1));
    assert_eq!(error_of(&source(MAX_INSTRUCTIONS)), None);
    assert_eq!(
        error_of(&source(MAX_INSTRUCTIONS + 1)),
        Some(exceeded("number of instructions", MAX_INSTRUCTIONS, "MAX_INSTRUCTIONS"))
    );
}

#[test]
fn onbuild_nesting() {
    let source = |depth: usize| format!("FROM a\n{}RUN x", "ONBUILD ".repeat(depth));
    let chained = "dockerfile parse error on line 2: Chaining ONBUILD via `ONBUILD ONBUILD` isn't \
                   allowed";
    assert_eq!(error_of(&source(MAX_ONBUILD_NESTING)), Some(chained.into()));
    for depth in [MAX_ONBUILD_NESTING + 1, 8_000] {
        assert_eq!(
            error_of(&source(depth)),
            Some(exceeded("nesting of ONBUILD", MAX_ONBUILD_NESTING, "MAX_ONBUILD_NESTING"))
        );
    }
}

fn expand(word: &str, env: &EnvList) -> Result<usize, String> {
    let expansion = Expander::new('\\').expand(word, env).map_err(|error| error.message)?;
    Ok(expansion.text.len())
}

#[test]
fn expansion_length() {
    let env = EnvList::from_iter([("K", "x".repeat(1024))]);
    let count = MAX_EXPANSION_LENGTH / 1024;
    let too_long = Err(exceeded("expansion", MAX_EXPANSION_LENGTH, "MAX_EXPANSION_LENGTH"));
    assert_eq!(expand(&"$K".repeat(count), &env), Ok(MAX_EXPANSION_LENGTH));
    for word in ["$K".repeat(count + 1), format!("\"{}\"", "$K".repeat(count + 1))] {
        assert_eq!(expand(&word, &env), too_long);
    }
    // What one modifier makes counts, too.
    let long = format!("${{K//x/{}}}", "y".repeat(8192));
    assert_eq!(expand(&long, &env), too_long);
    assert_eq!(expand(&"x".repeat(MAX_EXPANSION_LENGTH + 1), &env), too_long);
}

#[test]
fn expansion_nesting() {
    let word = |depth: usize| format!("{}x{}", "${A:-".repeat(depth), "}".repeat(depth));
    let env = EnvList::new();
    assert_eq!(expand(&word(MAX_EXPANSION_NESTING), &env), Ok(1));
    for depth in [MAX_EXPANSION_NESTING + 1, 100_000] {
        assert_eq!(
            expand(&word(depth), &env),
            Err(exceeded("nesting of ${}", MAX_EXPANSION_NESTING, "MAX_EXPANSION_NESTING"))
        );
    }
    // In a line that opens heredocs the error is not mistaken for words that are none.
    let source = format!("FROM a\nRUN <<EOF {}\nEOF\n", word(MAX_EXPANSION_NESTING + 1));
    assert_eq!(
        error_of(&source),
        Some(exceeded("nesting of ${}", MAX_EXPANSION_NESTING, "MAX_EXPANSION_NESTING"))
    );
}

#[test]
fn pattern_steps() {
    let env = EnvList::from_iter([("A", "a".repeat(200_000))]);
    // Each of many places is compared for long: the worst that a pattern can do.
    let worst = format!("${{A//{}b/x}}", "a".repeat(100_000));
    let error = exceeded("work of expanding a word", MAX_EXPANSION_STEPS, "MAX_EXPANSION_STEPS");
    assert_eq!(expand(&worst, &env), Err(error));
    // Stars that find nothing are not tried again from everywhere.
    for (word, length) in
        [("${A//a*b/x}", 200_000), ("${A/*b/x}", 200_000), ("${A##*a*a*a*b}", 200_000)]
    {
        assert_eq!(expand(word, &env), Ok(length), "{word}");
    }
}

/// What a word uses counts each time, whatever comes of it.
#[test]
fn expansion_steps() {
    let env = EnvList::from_iter([("B", "a".repeat(1_000_000))]);
    let error = exceeded("work of expanding a word", MAX_EXPANSION_STEPS, "MAX_EXPANSION_STEPS");
    for use_of in
        ["${B/*/}", "${B//a*/}", "${B##*}", "${B%%*}", "${B#b}${B:+}", "${B:+${X:+$B}}", "${X:+$B}"]
    {
        let counted = Expander::new('\\').expand_counted(use_of, &env);
        assert!((1_000_000..5_000_000).contains(&counted.1), "{use_of}: {}", counted.1);
        let result = expand(&use_of.repeat(100), &env);
        assert!(
            [error.clone(), exceeded("expansion", MAX_EXPANSION_LENGTH, "MAX_EXPANSION_LENGTH")]
                .map(Err)
                .contains(&result),
            "{use_of}: {result:?}"
        );
    }
    // References to nothing in a replacement make no text.
    let nothing = format!("${{B//a/'{}'}}", "$x".repeat(100));
    assert_eq!(expand(&nothing, &env), Err(error));
    // A word that fails was work, too.
    let (result, steps) = Expander::new('\\').expand_counted("${B/*/}${X?}", &env);
    assert!(result.is_err() && steps > 1_000_000, "{steps}");
}
