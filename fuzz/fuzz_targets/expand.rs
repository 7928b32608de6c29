//! Word expansion: no word and no environment may take it down or keep it busy.
//!
//! The input's first byte sets the expander's flags, its first line is the word, and the others are
//! variables.
//!
//! ```sh
//! cargo +nightly fuzz run expand fuzz/corpus/expand tests/golden/cases -- -dict=fuzz/dockerfile.dict
//! ```

#![no_main]

use buildkit_dockerfile::expand::{EnvList, Expander};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((flags, input)) = input.split_first() else { return };
    let input = String::from_utf8_lossy(input);
    let (word, variables) = input.split_once('\n').unwrap_or((&input, ""));
    let env: EnvList = variables.lines().filter_map(|line| line.split_once('=')).collect();
    let flag = |bit: u8| flags & (1 << bit) != 0;
    let expander = Expander {
        escape: if flag(0) { '`' } else { '\\' },
        raw_quotes: flag(1),
        raw_escapes: flag(2),
        skip_process_quotes: flag(3),
        skip_unset: flag(4),
    };
    let expanded = expander.expand(word, &env);
    let words = expander.expand_words(word, &env);
    assert_eq!(expanded.is_ok(), words.is_ok(), "a word expands in both ways or in none");
});
