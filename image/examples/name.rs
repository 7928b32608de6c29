//! Takes the names, platforms and git addresses on the command line apart.
//!
//! `cargo run -p aliasfront-image --example name -- alpine:3.22 linux/arm64 https://github.com/org/app.git#main:sub`

use aliasfront_image::git::GitRef;
use aliasfront_image::platform::Platform;
use aliasfront_image::reference::Reference;

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    if words.is_empty() {
        words = ["alpine:3.22", "linux/arm64", "https://github.com/org/app.git#main:sub", "Alpine"]
            .map(String::from)
            .into();
    }
    for word in words {
        println!("{word}");
        match GitRef::parse(&word) {
            Some(Ok(git)) => {
                println!("  git: {} at {:?} in {:?}", git.remote, git.reference, git.subdir);
            }
            Some(Err(error)) => println!("  no git address: {error}"),
            None => {}
        }
        match Platform::parse(&word) {
            Ok(platform) => {
                let runs: Vec<String> =
                    platform.candidates().iter().map(Platform::format).collect();
                println!("  platform: {platform}, which runs {}", runs.join(", "));
            }
            Err(error) => println!("  no platform: {error}"),
        }
        match Reference::parse_normalized(&word) {
            Ok(name) => println!("  image: {name}, from {}", name.domain()),
            Err(error) => println!("  no image: {error}"),
        }
    }
}
