//! The manual's page about the command line: every command on it is run, and says what the page says.

// The page's answers are for that processor.
#![cfg(target_arch = "x86_64")]

use std::path::Path;

#[test]
fn the_page_is_true() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in a folder");
    // Paths on the page are those of the example.
    std::env::set_current_dir(root.join("examples/command-line")).expect("the example");
    trycmd::TestCases::new().case(root.join("docs/cli.md"));
}
