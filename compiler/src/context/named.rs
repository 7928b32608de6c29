//! Named contexts: `--build-context name=…`, which take the place of stages and images.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::{Poll, ready};

use aliasfront_gotext::quote::quote;
use buildkit_dockerfile::suggest;

use crate::context::{ContextKey, GitContext, Preset, RootSource, input, main};
use crate::error::{Code, Error, ErrorKind};
use crate::facts::Facts;
use crate::options::{Options, ResolveMode};
use crate::question::{Fact, Failure, File, Image, ImageFact, Key, Layout};
use aliasfront_image::config::ImageConfig;
use aliasfront_image::ignore::Patterns;
use aliasfront_image::platform::Platform;
use aliasfront_image::reference::{InvalidReference, Reference};

/// The name of the empty image.
pub const SCRATCH: &str = "scratch";

/// What a context is, for advice.
const FORMS: &str = "a context is docker-image://…, oci-layout://…, an address, or a directory";
/// The schemes of contexts.
const SCHEMES: [&str; 7] = ["docker-image", "oci-layout", "git", "http", "https", "local", "input"];
/// The schemes that clients tell from directories by the slashes behind them.
const WITH_SLASHES: [&str; 2] = ["docker-image", "oci-layout"];

/// The metadata key under which an input has its image config.
const IMAGE_CONFIG_KEY: &str = "containerimage.config";

/// How often a source policy may turn a named context into another one.
pub const MAX_REDIRECTS: usize = 10;

/// A loaded named context.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Its files.
    pub source: RootSource,
    /// Its image config, where it has one.
    pub config: Option<ImageConfig>,
    /// Environment and working directory that come with it.
    pub preset: Option<Preset>,
    /// The platform that its files have.
    pub platform: Option<Platform>,
    /// The looked-up image, where it is one.
    pub image: Option<Rc<ImageFact>>,
}

impl Loaded {
    fn bare(source: RootSource) -> Self {
        Self { source, config: None, preset: None, platform: None, image: None }
    }

    /// With the config of an image: its environment, directory and platform go with the files.
    fn with_config(source: RootSource, json: &[u8], what: &str) -> Result<Self, Error> {
        let config =
            ImageConfig::parse(json).map_err(|error| Error::new(format!("{what}: {error}")))?;
        let mut preset =
            Preset { directory: config.config.working_dir.clone(), ..Preset::default() };
        for entry in &config.config.env {
            let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
            if !name.is_empty() {
                preset.env.add_or_replace(name, value);
            }
        }
        let platform = config_platform(&config);
        Ok(Self { source, config: Some(config), preset: Some(preset), platform, image: None })
    }
}

/// The platform that an image config names, where it names one.
pub fn config_platform(config: &ImageConfig) -> Option<Platform> {
    let platform = &config.platform;
    (!platform.os.is_empty() && !platform.architecture.is_empty()).then(|| platform.clone())
}

/// A context as clients write it, where it lacks the slashes without which they take it for a directory:
/// `docker-image:NAME`.
pub fn with_slashes(given: &str) -> Option<String> {
    let (scheme, rest) = given.split_once(':')?;
    let lacks = WITH_SLASHES.contains(&scheme) && !rest.starts_with("//");
    lacks.then(|| format!("{scheme}://{rest}"))
}

/// The key of the named context for `name`: the one for `platform` first, then the one for all.
///
/// # Errors
///
/// `name` is no reference.
pub fn find(
    options: &Options,
    name: &str,
    platform: Option<&Platform>,
) -> Result<Option<ContextKey>, Error> {
    if name.eq_ignore_ascii_case(SCRATCH) || name.eq_ignore_ascii_case(main::DEFAULT_CONTEXT) {
        return Ok(None);
    }
    let reference = Reference::parse_normalized(name)
        .map_err(|error| Error::new(format!("invalid context name {name}: {error}")))?;
    Ok(find_for(options, &reference, platform.unwrap_or(&options.build_platform)))
}

/// As [`find`], for a name that was read.
pub fn find_for(
    options: &Options,
    reference: &Reference,
    platform: &Platform,
) -> Option<ContextKey> {
    if options.contexts.is_empty() {
        return None;
    }
    let familiar = reference.familiar();
    let name = familiar.strip_suffix(":latest").unwrap_or(&familiar).to_owned();
    let with_platform = format!("{name}::{}", platform.normalize().format_all());
    [with_platform, name.clone()]
        .into_iter()
        .find(|key| options.contexts.contains_key(key))
        .map(|key| ContextKey { key, name })
}

/// Loads a named context for `platform`.
///
/// # Errors
///
/// A context that cannot be read or loaded.
pub fn load(
    options: &Options,
    context: &ContextKey,
    platform: Option<&Platform>,
    facts: &mut Facts,
) -> Poll<Result<Loaded, Error>> {
    load_redirected(options, context, platform, facts)
        .map_err(|error| error.kind(ErrorKind::Source))
}

/// As [`load`], through all that a source policy makes of it.
fn load_redirected(
    options: &Options,
    context: &ContextKey,
    platform: Option<&Platform>,
    facts: &mut Facts,
) -> Poll<Result<Loaded, Error>> {
    let Some(given) = options.contexts.get(&context.key) else {
        return Poll::Ready(Err(Error::new(format!("no context {}", context.key))));
    };
    let mut input = given.clone();
    for _ in 0..=MAX_REDIRECTS {
        match ready!(load_input(options, context, &input, platform, facts))? {
            Loading::Loaded(loaded) => return Poll::Ready(Ok(*loaded)),
            Loading::Redirected(identifier) => {
                let (scheme, rest) = identifier
                    .split_once("://")
                    .ok_or_else(|| Error::new(format!("could not parse ref: {identifier}")))?;
                // The reference drops the slashes of addresses, too, and then cannot load them.
                input = match scheme {
                    "git" | "http" | "https" => identifier,
                    _ => format!("{scheme}:{rest}"),
                };
            }
        }
    }
    Poll::Ready(Err(Error::new(format!(
        "context recursion limit exceeded; this may indicate a cycle in the provided source policies: {input}"
    ))
    .hint(format!("a source policy may turn a context into another one {MAX_REDIRECTS} times"))))
}

/// What an address leads to.
enum Loading {
    /// Another address, by a source policy.
    Redirected(String),
    Loaded(Box<Loaded>),
}

impl From<Loaded> for Loading {
    fn from(loaded: Loaded) -> Self {
        Self::Loaded(Box::new(loaded))
    }
}

fn load_input(
    options: &Options,
    context: &ContextKey,
    given: &str,
    platform: Option<&Platform>,
    facts: &mut Facts,
) -> Poll<Result<Loading, Error>> {
    let key = &context.key;
    let (scheme, rest) = given.split_once(':').ok_or_else(|| {
        Error::new(format!("invalid context specifier {given} for {key}")).hint(FORMS)
    })?;
    let scheme = if scheme.starts_with("git@") { "git" } else { scheme };
    let address = rest.strip_prefix("//").unwrap_or(rest);
    match scheme {
        "docker-image" => load_image(options, key, address, platform, facts),
        "oci-layout" => load_layout(options, context, address, platform, facts),
        "git" => Poll::Ready(match GitContext::detect(given, false, false)? {
            Some(git) => Ok(Loaded::bare(RootSource::Git(Box::new(git))).into()),
            None => Err(Error::new(format!("invalid git context {given}"))),
        }),
        "http" | "https" => {
            let source = match GitContext::detect(given, false, false)? {
                Some(git) => RootSource::Git(Box::new(git)),
                None => RootSource::Http {
                    url: given.to_owned(),
                    name: format!("[context {key}] {given}"),
                },
            };
            Poll::Ready(Ok(Loaded::bare(source).into()))
        }
        "local" => load_local(options, key, address, facts),
        "input" => load_frontend_input(options, key, address, facts),
        _ => {
            let message = format!("unsupported context source {scheme} for {key}");
            let hint = match suggest::closest(scheme, SCHEMES, false) {
                Some(meant) => format!("did you mean {meant}? {FORMS}"),
                None => FORMS.to_owned(),
            };
            Poll::Ready(Err(Error::new(message).hint(hint)))
        }
    }
}

fn load_image(
    options: &Options,
    key: &str,
    given: &str,
    platform: Option<&Platform>,
    facts: &mut Facts,
) -> Poll<Result<Loading, Error>> {
    if given == SCRATCH {
        return Poll::Ready(Ok(Loaded::bare(RootSource::Scratch).into()));
    }
    let reference = Reference::parse_normalized(given)
        .map_err(|error| Error::new(error.to_string()))?
        .tag_name_only();
    let question = Key::Image(Image {
        reference: reference.to_string(),
        platform: platform.cloned(),
        mode: options.resolve_mode,
        layout: None,
    });
    let log_name = || format!("[context {key}] load metadata for {given}");
    Poll::Ready(match ready!(facts.ask(&question, log_name)) {
        Fact::Redirected(identifier) => Ok(Loading::Redirected(identifier.clone())),
        Fact::Image(image) => {
            let image = image.clone();
            let source = RootSource::Image {
                reference: image.reference.clone(),
                platform: platform.cloned(),
                mode: ResolveMode::Default,
                name: format!("[context {key}] {given}"),
                numbered: false,
            };
            let mut loaded = Loaded::with_config(source, &image.config, &image.reference)?;
            if let Some(config) = &mut loaded.config {
                config.created = None;
            }
            loaded.image = Some(Rc::new(image));
            Ok(loaded.into())
        }
        other => Err(about_image(no_image(other, platform), given)),
    })
}

fn load_layout(
    options: &Options,
    context: &ContextKey,
    given: &str,
    platform: Option<&Platform>,
    facts: &mut Facts,
) -> Poll<Result<Loading, Error>> {
    let (store, digest) = layout_parts(given)?;
    // What the layout is called in messages; the store knows it by its digest alone.
    let dummy = Reference::parse_normalized(&context.name)
        .map_err(|error| unreadable_layout(&context.name, &error))?
        .with_digest(&digest)
        .map_err(|error| Error::new(format!("could not wrap {}: {error}", quote(&context.name))))?
        .to_string();
    let key = &context.key;
    let question = Key::Image(Image {
        reference: dummy.clone(),
        platform: platform.cloned(),
        mode: ResolveMode::Default,
        layout: Some(Layout { session: options.session.clone(), store: store.clone() }),
    });
    let log_name = || format!("[context {key}] load metadata for {dummy}");
    Poll::Ready(match ready!(facts.ask(&question, log_name)) {
        Fact::Image(image) => {
            let image = image.clone();
            let source = RootSource::Layout {
                reference: dummy,
                session: options.session.clone(),
                store: store.clone(),
                platform: platform.cloned(),
                name: format!("[context {key}] OCI load from client"),
            };
            let what = "could not parse oci-layout image config";
            let mut loaded = Loaded::with_config(source, &image.config, what)?;
            // Unlike that of other images, a layout's config keeps its time.
            loaded.image = Some(Rc::new(image));
            Ok(loaded.into())
        }
        other => Err(no_image(other, platform)),
    })
}

/// The store and the digest that an `oci-layout:` context names.
fn layout_parts(given: &str) -> Result<(String, String), Error> {
    const HINT: &str = "write oci-layout://NAME@sha256:…";
    let reference =
        Reference::parse(given).map_err(|error| unreadable_layout(given, &error).hint(HINT))?;
    let digest = reference.digest().ok_or_else(|| {
        let reference = quote(&reference.to_string());
        Error::new(format!("oci-layout reference {reference} has no digest")).hint(HINT)
    })?;
    Ok((reference.name(), digest.to_owned()))
}

fn unreadable_layout(given: &str, error: &InvalidReference) -> Error {
    Error::new(format!("could not parse oci-layout reference {}: {error}", quote(given)))
}

fn load_local(
    options: &Options,
    key: &str,
    local: &str,
    facts: &mut Facts,
) -> Poll<Result<Loading, Error>> {
    let question = Key::File(File {
        local: local.to_owned(),
        session: options.session_of(local).to_owned(),
        shared_key: format!("context:{key}-{}", main::IGNORE_FILE),
        path: main::IGNORE_FILE.to_owned(),
        must_load: true,
    });
    let log_name = || format!("[context {key}] load {}", main::IGNORE_FILE);
    Poll::Ready(match ready!(facts.ask(&question, log_name)) {
        Fact::File(content) => {
            let excludes = match content {
                Some(content) => Patterns::read(content).map_err(|error| {
                    Error::from(error).context(format!("failed parsing {}", main::IGNORE_FILE))
                })?,
                None => Patterns::default(),
            };
            Ok(Loaded::bare(RootSource::Local {
                local: local.to_owned(),
                key: key.to_owned(),
                excludes: Rc::new(excludes),
            })
            .into())
        }
        other => Err(unexpected(other)),
    })
}

fn load_frontend_input(
    options: &Options,
    key: &str,
    name: &str,
    facts: &mut Facts,
) -> Poll<Result<Loading, Error>> {
    let log_name = || format!("[context {key}] load input {name}");
    Poll::Ready(match ready!(facts.ask(&Key::Input(name.to_owned()), log_name)) {
        Fact::Input(Some(definition)) => {
            let definition = Box::new(definition.clone());
            let platform = input::platform(&definition);
            let source = RootSource::Input(definition);
            let config = match options.input_metadata.get(name) {
                Some(metadata) => input_config(metadata)?,
                None => None,
            };
            Ok(match config {
                Some(json) => {
                    let what = format!("failed to parse image config for {key}");
                    let mut loaded = Loaded::with_config(source, &json, &what)?;
                    loaded.platform = loaded.platform.or(platform);
                    loaded
                }
                None => Loaded { platform, ..Loaded::bare(source) },
            }
            .into())
        }
        Fact::Input(None) => Err(Error::new(format!("invalid input {name} for {key}"))),
        other => Err(unexpected(other)),
    })
}

/// The image config in an input's metadata: a JSON object of base64 values.
fn input_config(metadata: &str) -> Result<Option<Vec<u8>>, Error> {
    use base64::Engine as _;
    let failed = |error: &dyn std::fmt::Display| {
        Error::new(format!("failed to parse input metadata {metadata}: {error}"))
    };
    let values: BTreeMap<String, Option<String>> =
        serde_json::from_str(metadata).map_err(|error| failed(&error))?;
    match values.get(IMAGE_CONFIG_KEY) {
        Some(Some(value)) => base64::engine::general_purpose::STANDARD
            .decode(value)
            .map(Some)
            .map_err(|error| failed(&error)),
        _ => Ok(None),
    }
}

/// An error about an image, the image's name in it: engines say it mostly, but not always, and sometimes
/// only as a part of an address.
pub fn about_image(error: Error, image: &str) -> Error {
    let full = Reference::parse_normalized(image).ok().map(|reference| reference.name());
    let is_named =
        error.message.starts_with(image) || full.is_some_and(|full| error.message.contains(&full));
    if is_named { error } else { error.context(image) }
}

/// The error of a fact that does not answer the question for an image, on a platform: one that isn't
/// there for this platform is told with what it is there for.
pub fn no_image(fact: &Fact, platform: Option<&Platform>) -> Error {
    let mut error = unexpected(fact);
    let (Fact::Failed(Failure { elsewhere: Some(elsewhere), .. }), Some(platform)) =
        (fact, platform)
    else {
        return error;
    };
    let needed = platform.normalize();
    let there: Vec<String> = elsewhere.iter().map(|there| there.normalize().to_string()).collect();
    error.message.push_str(&if there.is_empty() {
        format!(" ({needed} is needed)")
    } else {
        format!(" ({needed} is needed, and the image is there for {})", there.join(", "))
    });
    error.elsewhere = Some(elsewhere.clone().into());
    error
}

/// The error of a fact that does not answer its question: a failure, or a driver's mistake.
pub fn unexpected(fact: &Fact) -> Error {
    match fact {
        Fact::Failed(failure) => Error {
            lint_message: Some(failure.code.before(&failure.message).into()),
            ..failure.clone().into()
        },
        Fact::Redirected(identifier) => Error::new(format!(
            "a source policy turned the image into {identifier}, which is not an image"
        ))
        .kind(ErrorKind::Source),
        _ => Error::new("the answer does not fit the question")
            .code(Code::Unknown)
            .kind(ErrorKind::Driver),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_a_store_and_a_digest() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        for (given, store) in
            [("store", "store"), ("store:tag", "store"), ("host:5000/a/b:1", "host:5000/a/b")]
        {
            let parts = layout_parts(&format!("{given}@{digest}"));
            assert_eq!(parts, Ok((store.to_owned(), digest.clone())), "{given}");
        }
        for (given, message) in [
            ("store:tag", "oci-layout reference \"store:tag\" has no digest"),
            (
                "",
                "could not parse oci-layout reference \"\": repository name must have at least one component",
            ),
            ("a b", "could not parse oci-layout reference \"a b\": invalid reference format"),
            (
                "Store",
                "could not parse oci-layout reference \"Store\": repository name must be lowercase",
            ),
        ] {
            assert_eq!(layout_parts(given).unwrap_err().message, message);
        }
    }
}
