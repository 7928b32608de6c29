//! A case of the corpus.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::expected::Expected;
use crate::gateway::{Files, Gateway, Image, Recording};

/// The folder of a case that holds the sources that aren't local.
const SOURCES: &str = "src";

/// A case of the corpus.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name, which is its folder's.
    pub name: String,
    /// What the reference did with it.
    pub expected: Expected,
    folder: PathBuf,
    settings: Settings,
}

/// The file `case.json`.
#[derive(Clone, Debug, Deserialize)]
struct Settings {
    #[serde(default)]
    opts: BTreeMap<String, String>,
    #[serde(default)]
    images: BTreeMap<String, Image>,
}

impl Case {
    /// Reads the cases of a corpus whose names contain one of the patterns, by name. No pattern means all.
    pub fn all(corpus: &Path, patterns: &[String]) -> io::Result<Vec<Self>> {
        let mut names: Vec<String> = fs::read_dir(corpus.join("cases"))?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<_>>()?;
        names.retain(|name| {
            patterns.is_empty() || patterns.iter().any(|pattern| name.contains(pattern))
        });
        names.sort();
        names.into_iter().map(|name| Self::read(corpus, name)).collect()
    }

    fn read(corpus: &Path, name: String) -> io::Result<Self> {
        let folder = corpus.join("cases").join(&name);
        let settings = read_json(&folder.join("case.json"))?;
        let expected = corpus.join("expected").join(format!("{name}.json"));
        // A case that is to be recorded has none yet.
        let expected = if expected.exists() { read_json(&expected)? } else { Expected::default() };
        Ok(Self { name, expected, folder, settings })
    }

    /// The gateway that the case is for.
    pub fn gateway(&self) -> io::Result<Gateway> {
        let mut gateway = Gateway::new().opts(self.settings.opts.clone());
        for (reference, image) in &self.settings.images {
            gateway = gateway.image(reference, image.clone());
        }
        for (name, path) in folders(&self.folder)? {
            if name == SOURCES {
                for (identifier, path) in folders(&path)? {
                    gateway = gateway.source(&identifier, Files::from_folder(&path)?);
                }
            } else {
                gateway = gateway.local(&name, Files::from_folder(&path)?);
            }
        }
        Ok(gateway)
    }

    /// The folders of its local sources, by name; `None` where it has other sources.
    pub fn locals(&self) -> io::Result<Option<BTreeMap<String, PathBuf>>> {
        let folders = folders(&self.folder)?;
        Ok((!folders.contains_key(SOURCES)).then_some(folders))
    }

    /// Puts the case through a frontend.
    pub async fn run(&self, frontend: &Path) -> io::Result<Recording> {
        self.gateway()?.run(frontend).await
    }

    /// Takes what a frontend did with the case for what is expected of it, in the corpus's files.
    ///
    /// # Errors
    ///
    /// The file can't be written.
    pub fn record(&self, corpus: &Path, recording: &Recording) -> io::Result<()> {
        let path = corpus.join("expected").join(format!("{}.json", self.name));
        write_json(&path, &Expected::of(recording))
    }

    /// The options of its build.
    pub fn opts(&self) -> &BTreeMap<String, String> {
        &self.settings.opts
    }

    /// Whether it is nothing but a Dockerfile and build arguments, which a client can be given too: images and contexts
    /// are ordinary ones, and no ignore file counts.
    pub fn is_plain(&self) -> bool {
        const FOR_ALL: [&str; 5] = ["requestid", "target", "cmdline", "source", "frontend.caps"];
        let is_plain = |option: &String| {
            FOR_ALL.contains(&option.as_str()) || option.starts_with("build-arg:")
        };
        let ignored = ["context/.dockerignore", "dockerfile/Dockerfile.dockerignore"];
        self.settings.opts.keys().all(is_plain)
            && self.settings.images.is_empty()
            && ignored.iter().all(|path| !self.folder.join(path).exists())
    }

    /// The lines of the Dockerfile that the case is about, as far as it has one in the usual place.
    pub fn dockerfile(&self) -> Option<String> {
        fs::read_to_string(self.folder.join("dockerfile").join("Dockerfile")).ok()
    }
}

/// Saves a case: its settings as `case.json` has them, its files by their paths in the case's folder, and what the
/// reference did with it.
///
/// # Errors
///
/// A file can't be written.
pub fn save(
    corpus: &Path,
    name: &str,
    settings: &Value,
    files: impl IntoIterator<Item = (PathBuf, impl AsRef<[u8]>)>,
    expected: &Expected,
) -> io::Result<()> {
    let folder = corpus.join("cases").join(name);
    fs::create_dir_all(folder.join("context"))?;
    for (path, data) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        fs::write(path, data)?;
    }
    write_json(&folder.join("case.json"), settings)?;
    fs::create_dir_all(corpus.join("expected"))?;
    write_json(&corpus.join("expected").join(format!("{name}.json")), expected)
}

fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let mut text = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b" ");
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, format))?;
    text.push(b'\n');
    fs::write(path, text)
}

/// The folders in a folder, by name.
fn folders(folder: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut folders = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.insert(entry.file_name().to_string_lossy().into_owned(), entry.path());
        }
    }
    Ok(folders)
}

fn read_json<T: for<'a> Deserialize<'a>>(path: &Path) -> io::Result<T> {
    let in_file =
        |error: &dyn std::fmt::Display| io::Error::other(format!("{}: {error}", path.display()));
    let bytes = fs::read(path).map_err(|error| in_file(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| in_file(&error))
}
