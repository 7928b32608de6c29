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
        if let Ok(again) = parse(printed.as_bytes()) {
            // Printing is canonical: what was printed from a tree prints the same again. White space of
            // Unicode can part words anew, and what stands for broken bytes is a character now.
            if printed.is_ascii() {
                assert_eq!(again.stages.len(), dockerfile.stages.len());
                assert_eq!(again.to_string(), printed);
            }
        } else {
            assert!(!printed.is_ascii(), "what is printed doesn't parse: {printed:?}");
        }
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
