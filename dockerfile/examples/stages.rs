//! Prints the stages of a Dockerfile, what each starts from and what it takes from others, and what lint rules find.
//!
//! ```sh
//! cargo run -p buildkit-dockerfile --example stages -- Dockerfile
//! ```

use std::process::ExitCode;
use std::{env, fs};

use buildkit_dockerfile::lint::Config;
use buildkit_dockerfile::{Dockerfile, Kind, Stage};

fn main() -> ExitCode {
    let path = env::args().nth(1).unwrap_or_else(|| "Dockerfile".to_owned());
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    };
    match Dockerfile::parse(&text) {
        Ok(dockerfile) => {
            print(&path, &dockerfile);
            ExitCode::SUCCESS
        }
        Err(error) => {
            let line = error.lines.map_or(1, |lines| lines.first);
            eprintln!("{path}:{line}: {error}");
            if let Some(hint) = error.hint {
                eprintln!("hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}

fn print(path: &str, dockerfile: &Dockerfile) {
    for (number, stage) in dockerfile.stages.iter().enumerate() {
        let name = stage.name.clone().unwrap_or_else(|| number.to_string());
        println!("{name} starts from {}", stage.base.text);
        for source in sources(stage) {
            println!("  copies from {source}");
        }
    }
    for finding in dockerfile.lint(&Config::default()) {
        println!(
            "{path}:{}: {}: {}",
            finding.lines.first().map_or(1, |lines| lines.first),
            finding.rule.name,
            finding.message
        );
    }
}

/// The stages and images that a stage copies from, as they are written.
fn sources(stage: &Stage) -> impl Iterator<Item = &str> {
    stage.instructions.iter().filter_map(|instruction| match &instruction.kind {
        Kind::Copy(copy) => copy.from.as_ref().map(|from| from.text.as_str()),
        _ => None,
    })
}
