//! The Dockerfiles that the manual shows can be parsed.

use std::fs;
use std::path::{Path, PathBuf};

/// What stands for lines that a page leaves out.
const LEFT_OUT: &str = "…";

/// Pages with Dockerfiles, below the repository's root.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut pages = vec![root.join("README.md"), root.join("examples/unified/README.md")];
    for folder in ["docs", "docs/rules"] {
        let entries = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        pages.extend(entries.filter(|path| path.extension().is_some_and(|e| e == "md")));
    }
    pages.sort();
    pages
}

/// The Dockerfiles of a page, each with its line there.
fn dockerfiles(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        match (inside, line) {
            (false, "```dockerfile") => {
                inside = true;
                found.push((index + 2, String::new()));
            }
            (true, "```") => inside = false,
            (true, line) => {
                if let Some((_, text)) = found.last_mut().filter(|_| line != LEFT_OUT) {
                    text.push_str(line);
                    text.push('\n');
                }
            }
            _ => {}
        }
    }
    found
}

/// The Dockerfile around a piece of one.
fn completed(piece: &str) -> String {
    let starts = |word: &str| {
        piece.lines().any(|line| line.to_ascii_uppercase().starts_with(&format!("{word} ")))
    };
    match (starts("FROM"), starts("ARG")) {
        (true, _) => piece.to_owned(),
        // Arguments come before the stage that the rest belongs to.
        (false, true) => {
            let (args, rest): (Vec<&str>, Vec<&str>) =
                piece.lines().partition(|line| line.starts_with("ARG ") || line.starts_with('#'));
            format!("{}\nFROM scratch\n{}\n", args.join("\n"), rest.join("\n"))
        }
        (false, false) if piece.trim_start().starts_with("# check=") => {
            format!("{piece}FROM scratch\n")
        }
        (false, false) => format!("FROM scratch\n{piece}"),
    }
}

#[test]
fn dockerfiles_of_the_manual_can_be_parsed() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for (line, piece) in dockerfiles(&text) {
            count += 1;
            if let Err(error) = buildkit_dockerfile::parse(completed(&piece).as_bytes()) {
                wrong.push(format!("{}:{line}: {}", page.display(), error.message));
            }
            // Behind an instruction a comment is none: `ARG` takes its words for names.
            if piece.lines().any(|line| line.starts_with("ARG ") && line.contains(" #")) {
                wrong.push(format!("{}:{line}: a comment behind an ARG", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 20, "only {count} Dockerfiles found");
}
