//! Everything that reads a Dockerfile: no input may take it down or keep it busy.
//!
//! ```sh
//! cargo +nightly fuzz run parse fuzz/corpus/parse tests/golden/cases -- -dict=fuzz/dockerfile.dict
//! ```

#![no_main]

use buildkit_dockerfile::instruction::Kind;
use buildkit_dockerfile::lint::Config;
use buildkit_dockerfile::{Lines, detect_check, detect_syntax, parse, parse_trigger};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &[u8]| {
    detect_syntax(source);
    let config = detect_check(source).and_then(|options| Config::parse(&options).ok());
    if let Ok(dockerfile) = parse(source) {
        dockerfile.lint(&config.unwrap_or_default());
        let printed = dockerfile.to_string();
        let _ = parse(printed.as_bytes());
        for instruction in dockerfile.stages.iter().flat_map(|stage| &stage.instructions) {
            match &instruction.kind {
                Kind::Run(run) => {
                    for mount in &run.mounts {
                        let _ = mount.resolve(&mut |word| Ok(word.to_owned()));
                    }
                }
                Kind::Onbuild(trigger) => {
                    let _ = parse_trigger(&trigger.expression, instruction.lines);
                }
                _ => {}
            }
        }
    }
    if let Ok(text) = std::str::from_utf8(source) {
        let _ = parse_trigger(text, Lines::new(1, 1));
    }
});
