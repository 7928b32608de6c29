//! Directories of the client.

use aliasfront_gotext::json::push_string;
use buildkit_proto::caps;

use super::Source;

/// A directory of the client. Without patterns, all of it.
#[derive(Clone, Debug, Default)]
pub struct Local {
    name: String,
    session: String,
    unique: String,
    include: Strings,
    exclude: Strings,
    follow: Strings,
    shared_key_hint: String,
    differ: Option<(Differ, bool)>,
    metadata_only: Option<Strings>,
}

/// How the client and the daemon find out which files the daemon has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Differ {
    /// They don't: all files are sent.
    None,
    /// By the files' metadata. This is the daemon's default.
    Metadata,
}

impl Local {
    /// See [`Source::local`].
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Sets the session of the client that has the directory.
    #[must_use]
    pub fn session(mut self, id: impl Into<String>) -> Self {
        self.session = id.into();
        self
    }

    /// Tells it from directories of other clients, where no session is named.
    #[must_use]
    pub fn unique(mut self, id: impl Into<String>) -> Self {
        self.unique = id.into();
        self
    }

    /// Takes only what matches one of these patterns.
    #[must_use]
    pub fn include(mut self, patterns: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.include.extend(patterns);
        self
    }

    /// Leaves out what matches one of these patterns, in the syntax of `.dockerignore`.
    #[must_use]
    pub fn exclude(mut self, patterns: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.exclude.extend(patterns);
        self
    }

    /// Takes only these paths, and what symbolic links in them lead to.
    #[must_use]
    pub fn follow(mut self, paths: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.follow.extend(paths);
        self
    }

    /// Names what the directory shares its cached files with.
    #[must_use]
    pub fn shared_key(mut self, hint: impl Into<String>) -> Self {
        self.shared_key_hint = hint.into();
        self
    }

    /// Sets how to find out which files to send. If `required`, daemons that can't are an error.
    #[must_use]
    pub fn differ(mut self, differ: Differ, required: bool) -> Self {
        self.differ = Some((differ, required));
        self
    }

    /// Takes only the metadata of files, but for the contents of those that match one of the patterns
    /// (BuildKit 0.21).
    #[must_use]
    pub fn metadata_only(mut self, exceptions: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.metadata_only.insert(Strings::default()).extend(exceptions);
        self
    }
}

impl From<Local> for Source {
    fn from(local: Local) -> Self {
        let mut source = Self::with_cap(format!("local://{}", local.name), caps::SOURCE_LOCAL);
        if !local.session.is_empty() {
            source.set("local.session", local.session);
            source.need(caps::SOURCE_LOCAL_SESSION_ID);
        } else if !local.unique.is_empty() {
            source.set("local.unique", local.unique);
            source.need(caps::SOURCE_LOCAL_UNIQUE);
        }
        let lists = [
            ("local.includepattern", local.include, caps::SOURCE_LOCAL_INCLUDE_PATTERNS),
            ("local.followpaths", local.follow, caps::SOURCE_LOCAL_FOLLOW_PATHS),
            ("local.excludepatterns", local.exclude, caps::SOURCE_LOCAL_EXCLUDE_PATTERNS),
        ];
        for (key, list, cap) in lists {
            if !list.is_empty() {
                source.set(key, list.into_json());
                source.need(cap);
            }
        }
        if !local.shared_key_hint.is_empty() {
            source.set("local.sharedkeyhint", local.shared_key_hint);
            source.need(caps::SOURCE_LOCAL_SHARED_KEY_HINT);
        }
        if let Some((differ, required)) = local.differ {
            let value = match differ {
                Differ::None => "none",
                Differ::Metadata => "metadata",
            };
            source.set("local.differ", value);
            if required {
                source.need(caps::SOURCE_LOCAL_DIFFER);
            }
        }
        if let Some(exceptions) = local.metadata_only {
            source.set("local.metadatatransfer", "true");
            if !exceptions.is_empty() {
                source.set("local.metadatatransferexclude", exceptions.into_json());
            }
            source.need(caps::SOURCE_METADATA_TRANSFER);
        }
        source
    }
}

/// A list as a source's attribute has it: JSON from the start, since the lists of large contexts are many
/// strings, which nobody needs twice.
#[derive(Clone, Debug, Default)]
struct Strings {
    /// The array without its last bracket; empty where the array is.
    json: String,
}

impl Strings {
    fn extend(&mut self, strings: impl IntoIterator<Item: AsRef<str>>) {
        for string in strings {
            self.json.push(if self.json.is_empty() { '[' } else { ',' });
            push_string(&mut self.json, string.as_ref());
        }
    }

    fn is_empty(&self) -> bool {
        self.json.is_empty()
    }

    fn into_json(self) -> String {
        self.json + "]"
    }
}
