//! Platforms as OCI describes them and as people write them: `linux/arm64/v8`,
//! `windows(10.0.17763)/amd64`.

use std::fmt;

use aliasfront_gotext::json::go_object;
use aliasfront_gotext::path;
use aliasfront_gotext::quote::quote;
use serde::Serialize;

/// What a part of a specifier after the first may look like, as it is shown in errors.
const COMPONENT_PATTERN: &str = "^[A-Za-z0-9_.-]+$";

/// What the first part of a specifier may look like, as it is shown in errors.
const OS_PATTERN: &str = r"^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?$";

/// The operating system of a platform that names none: builds run in Linux wherever the caller
/// sits.
const DEFAULT_OS: &str = "linux";

const KNOWN_OS: [&str; 17] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "windows",
    "zos",
];

const KNOWN_ARCHITECTURES: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "arm64",
    "arm64be",
    "armbe",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "mipsle",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// The highest version of a CPU that [`Platform::candidates`] counts down from.
const MAX_LEVEL: u32 = 64;

/// What an image runs on. The field order is that of its JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Platform {
    /// The CPU in Go's words: `amd64`, `arm64`.
    pub architecture: String,
    /// The operating system in Go's words: `linux`, `windows`.
    pub os: String,
    /// The version of the operating system; for Windows, such as `10.0.17763.1`.
    #[serde(rename = "os.version", skip_serializing_if = "String::is_empty")]
    pub os_version: String,
    /// What the image needs of its operating system, such as `win32k`.
    #[serde(rename = "os.features", skip_serializing_if = "Vec::is_empty")]
    pub os_features: Vec<String>,
    /// The flavour of the CPU: `v7`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub variant: String,
}

go_object!(Platform {
    "architecture" => architecture,
    "os" => os,
    "os.version" => os_version,
    "os.features" => os_features,
    "variant" => variant,
});

/// Why a text is no platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// It holds a `*`.
    #[error("{}: wildcards not yet supported: invalid argument", quote(.0))]
    Wildcard(String),
    /// Its first part is no operating system.
    #[error(
        "{} is an invalid OS component of {}: OSAndVersion specifier component must match {}: invalid argument",
        quote(component),
        quote(specifier),
        quote(OS_PATTERN)
    )]
    OsComponent {
        /// The part.
        component: String,
        /// All of the text.
        specifier: String,
    },
    /// Its second or third part has a character that isn't allowed, or is empty.
    #[error(
        "{} is an invalid component of {}: platform specifier component must match {}: invalid argument",
        quote(component),
        quote(specifier),
        quote(COMPONENT_PATTERN)
    )]
    Component {
        /// The part.
        component: String,
        /// All of the text.
        specifier: String,
    },
    /// The version in parentheses has a broken `%` escape.
    #[error(
        "{} has an invalid OS version {}: invalid URL escape {}",
        quote(specifier),
        quote(version),
        quote(escape)
    )]
    OsVersion {
        /// All of the text.
        specifier: String,
        /// The version.
        version: String,
        /// The escape.
        escape: String,
    },
    /// A feature in parentheses has a broken `%` escape.
    #[error(
        "{} has invalid OS features: invalid os feature {}: invalid URL escape {}",
        quote(specifier),
        quote(feature),
        quote(escape)
    )]
    OsFeature {
        /// All of the text.
        specifier: String,
        /// The feature.
        feature: String,
        /// The escape.
        escape: String,
    },
    /// A single word that is neither.
    #[error("{}: unknown operating system or architecture: invalid argument", quote(.0))]
    Unknown(String),
    /// It has more than three parts.
    #[error("{}: cannot parse platform specifier: invalid argument", quote(.0))]
    TooManyParts(String),
}

impl Platform {
    /// A platform of these three, the last may be empty.
    pub fn new(os: &str, architecture: &str, variant: &str) -> Self {
        Self {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
            variant: variant.to_owned(),
            ..Self::default()
        }
    }

    /// Linux on the CPU that this program was compiled for.
    pub fn default_spec() -> Self {
        let variant = match DEFAULT_ARCHITECTURE {
            "arm64" => "v8",
            "arm" => "v7",
            _ => "",
        };
        Self::new(DEFAULT_OS, DEFAULT_ARCHITECTURE, variant)
    }

    /// Reads `os`, `architecture`, `os/architecture` or `os/architecture/variant`; the operating
    /// system may be followed by `(version+feature+feature)`. What a single word leaves open is
    /// taken from [`default_spec`](Self::default_spec).
    pub fn parse(specifier: &str) -> Result<Self, PlatformError> {
        if specifier.contains('*') {
            return Err(PlatformError::Wildcard(specifier.to_owned()));
        }
        let parts: Vec<&str> = specifier.splitn(4, '/').collect();
        let (first, others) =
            parts.split_first().map_or(("", &[][..]), |(first, others)| (*first, others));
        let mut platform = parse_os(first, specifier)?;
        if let Some(component) = others.iter().find(|part| !is_component(part)) {
            return Err(PlatformError::Component {
                component: (*component).to_owned(),
                specifier: specifier.to_owned(),
            });
        }
        match *others {
            [] => platform.infer_from_word(first, specifier)?,
            [architecture] => platform.set_architecture(architecture),
            [architecture, variant] => {
                (platform.architecture, platform.variant) =
                    normalize_architecture(architecture, variant);
                if platform.architecture == "arm64" && platform.variant.is_empty() {
                    "v8".clone_into(&mut platform.variant);
                }
            }
            _ => return Err(PlatformError::TooManyParts(specifier.to_owned())),
        }
        Ok(platform)
    }

    fn infer_from_word(&mut self, word: &str, specifier: &str) -> Result<(), PlatformError> {
        if KNOWN_OS.contains(&self.os.as_str()) {
            DEFAULT_ARCHITECTURE.clone_into(&mut self.architecture);
            return Ok(());
        }
        self.set_architecture(word);
        if !KNOWN_ARCHITECTURES.contains(&self.architecture.as_str()) {
            return Err(PlatformError::Unknown(specifier.to_owned()));
        }
        DEFAULT_OS.clone_into(&mut self.os);
        Ok(())
    }

    fn set_architecture(&mut self, word: &str) {
        (self.architecture, self.variant) = normalize_architecture(word, "");
        // An arm without a variant means v7, but isn't told so.
        if self.architecture == "arm" && self.variant == "v7" {
            self.variant.clear();
        }
    }

    /// A Windows platform with the version and features that an image's config has, where it names none: a Windows
    /// image runs only on hosts of its version.
    #[must_use]
    pub fn extended_by(mut self, image: &Self) -> Self {
        if self.os == "windows" && image.os == self.os {
            if self.os_version.is_empty() {
                self.os_version.clone_from(&image.os_version);
            }
            if self.os_features.is_empty() {
                self.os_features.clone_from(&image.os_features);
            }
            return self.normalize();
        }
        self
    }

    /// The one spelling of this platform: `x86_64` is `amd64`, `arm64/v8` is `arm64`, `arm` is
    /// `arm/v7`.
    #[must_use]
    pub fn normalize(&self) -> Self {
        let (architecture, variant) = normalize_architecture(&self.architecture, &self.variant);
        let mut os_features = self.os_features.clone();
        aliasfront_gotext::sort::stable_by(&mut os_features, Ord::cmp);
        os_features.dedup();
        Self {
            architecture,
            os: normalize_os(&self.os),
            os_version: self.os_version.clone(),
            os_features,
            variant,
        }
    }

    /// `os/architecture[/variant]`; `unknown` without an operating system.
    pub fn format(&self) -> String {
        self.format_with_os(&self.os)
    }

    /// As [`format`](Self::format), with the version and the features of the operating system in
    /// parentheses.
    pub fn format_all(&self) -> String {
        if self.os_version.is_empty() && self.os_features.is_empty() {
            return self.format();
        }
        let version = encode_option(&self.os_version);
        let mut features: Vec<&str> = self.os_features.iter().map(String::as_str).collect();
        aliasfront_gotext::sort::stable_by(&mut features, Ord::cmp);
        features.dedup();
        let features: String = features
            .iter()
            .filter(|feature| !feature.is_empty())
            .flat_map(|feature| ["+".to_owned(), encode_option(feature)])
            .collect();
        if version.is_empty() && features.is_empty() {
            return self.format();
        }
        self.format_with_os(&format!("{}({version}{features})", self.os))
    }

    fn format_with_os(&self, os: &str) -> String {
        if self.os.is_empty() {
            return "unknown".to_owned();
        }
        path::join(&[os, &self.architecture, &self.variant])
    }

    /// Whether an image of the platform `other` is one for this platform: the same after
    /// normalization, and asking for no feature that this one lacks.
    pub fn matches(&self, other: &Self) -> bool {
        let (this, other) = (self.normalize(), other.normalize());
        this.os == other.os
            && this.architecture == other.architecture
            && this.variant == other.variant
            && other.os_features.iter().all(|feature| this.os_features.contains(feature))
    }

    /// The platforms whose images run here, best first: itself, then older variants, then for 64
    /// bits those of 32. This is the order in which an image is chosen from an index.
    pub fn candidates(&self) -> Vec<Self> {
        let this = self.normalize();
        let with = |architecture: &str, variant: String| Self {
            architecture: architecture.to_owned(),
            variant,
            ..this.clone()
        };
        let arm = |newest: u32| (5..newest).rev().map(|version| with("arm", format!("v{version}")));
        match this.architecture.as_str() {
            "amd64" => {
                let older = (1..level_of(&this.variant))
                    .rev()
                    .map(|level| with("amd64", format!("v{level}")));
                std::iter::once(this.clone())
                    .chain(older)
                    .chain([with("386", String::new())])
                    .collect()
            }
            "arm" => std::iter::once(this.clone()).chain(arm(level_of(&this.variant))).collect(),
            "arm64" => {
                let Some(versions) = arm64_versions(&this.variant) else {
                    return Vec::new();
                };
                let versions = versions.into_iter().map(|(major, minor)| match minor {
                    0 => with("arm64", format!("v{major}")),
                    _ => with("arm64", format!("v{major}.{minor}")),
                });
                versions.chain(arm(9)).collect()
            }
            _ => vec![this.clone()],
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format_all())
    }
}

/// Go's name of the CPU that this program was compiled for.
const DEFAULT_ARCHITECTURE: &str = if cfg!(target_arch = "x86_64") {
    "amd64"
} else if cfg!(target_arch = "aarch64") {
    "arm64"
} else if cfg!(target_arch = "arm") {
    "arm"
} else if cfg!(target_arch = "x86") {
    "386"
} else if cfg!(all(target_arch = "powerpc64", target_endian = "little")) {
    "ppc64le"
} else if cfg!(target_arch = "s390x") {
    "s390x"
} else if cfg!(target_arch = "riscv64") {
    "riscv64"
} else if cfg!(target_arch = "loongarch64") {
    "loong64"
} else {
    "unknown"
};

/// Reads `os[(version+feature…)]`.
fn parse_os(component: &str, specifier: &str) -> Result<Platform, PlatformError> {
    let invalid = || PlatformError::OsComponent {
        component: component.to_owned(),
        specifier: specifier.to_owned(),
    };
    let is_option =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.%-".contains(&b));

    let (name, options) = match component.split_once('(') {
        Some((name, options)) => (name, options.strip_suffix(')').ok_or_else(invalid)?),
        None => (component, ""),
    };
    let mut options = options.split('+');
    let version = options.next().unwrap_or_default();
    let features: Vec<&str> = options.collect();
    let valid_name =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    let valid_features = features.iter().all(|feature| !feature.is_empty() && is_option(feature));
    if !valid_name || !is_option(version) || !valid_features {
        return Err(invalid());
    }

    let os_version = decode_option(version).map_err(|escape| PlatformError::OsVersion {
        specifier: specifier.to_owned(),
        version: version.to_owned(),
        escape,
    })?;
    let os_features = features.iter().map(|feature| {
        decode_option(feature).map_err(|escape| PlatformError::OsFeature {
            specifier: specifier.to_owned(),
            feature: (*feature).to_owned(),
            escape,
        })
    });
    Ok(Platform {
        os: normalize_os(name),
        os_version,
        os_features: os_features.collect::<Result<_, _>>()?,
        ..Platform::default()
    })
}

fn is_component(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

fn normalize_os(os: &str) -> String {
    match os.to_lowercase().as_str() {
        "" => DEFAULT_OS.to_owned(),
        "macos" => "darwin".to_owned(),
        other => other.to_owned(),
    }
}

fn normalize_architecture(architecture: &str, variant: &str) -> (String, String) {
    let (architecture, variant) = (architecture.to_lowercase(), variant.to_lowercase());
    let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
        ("i386", _) => ("386", ""),
        ("x86_64" | "x86-64" | "amd64", variant) => {
            ("amd64", if variant == "v1" { "" } else { variant })
        }
        ("aarch64" | "arm64", "8" | "v8" | "v8.0") => ("arm64", ""),
        ("aarch64" | "arm64", "9" | "9.0" | "v9.0") => ("arm64", "v9"),
        ("aarch64" | "arm64", variant) => ("arm64", variant),
        ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
        ("armel", _) | ("arm", "6") => ("arm", "v6"),
        ("arm", "5") => ("arm", "v5"),
        ("arm", "8") => ("arm", "v8"),
        other => other,
    };
    (architecture.to_owned(), variant.to_owned())
}

/// The number in `v7`; 0 if there is none that makes sense.
fn level_of(variant: &str) -> u32 {
    let level = variant.strip_prefix('v').unwrap_or(variant).parse().ok();
    level.filter(|level| *level <= MAX_LEVEL).unwrap_or(0)
}

/// The arm64 versions, newest first, that a CPU of this variant runs: v9.N includes all of
/// v8.(N+5).
fn arm64_versions(variant: &str) -> Option<Vec<(u32, u32)>> {
    let down_from = |major: u32, minor: u32| (0..=minor).rev().map(move |minor| (major, minor));
    let version = variant.strip_prefix('v').unwrap_or(if variant.is_empty() { "8" } else { "" });
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    let minor = minor.parse().ok().filter(|_| minor.len() == 1)?;
    match (major, minor) {
        ("8", 0..=9) => Some(down_from(8, minor).collect()),
        ("9", 0..=7) => Some(down_from(9, minor).chain(down_from(8, (minor + 5).min(9))).collect()),
        _ => None,
    }
}

/// Escapes what the format itself uses.
fn encode_option(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => out.push_str("%25"),
            '+' => out.push_str("%2B"),
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            '/' => out.push_str("%2F"),
            c => out.push(c),
        }
    }
    out
}

/// Undoes percent escapes. The error is the broken escape.
fn decode_option(text: &str) -> Result<String, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first != b'%' {
            out.push(first);
            rest = tail;
            continue;
        }
        let digit = |index: usize| tail.get(index).and_then(|byte| char::from(*byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(0), digit(1)) else {
            return Err(String::from_utf8_lossy(&rest[..rest.len().min(3)]).into_owned());
        };
        out.push((high * 16 + low) as u8);
        rest = &tail[2..];
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parses_and_formats() {
        let here = DEFAULT_ARCHITECTURE;
        for (specifier, want, normalized) in [
            ("linux/amd64", "linux/amd64", "linux/amd64"),
            ("linux/amd64/v1", "linux/amd64", "linux/amd64"),
            ("linux/amd64/v3", "linux/amd64/v3", "linux/amd64/v3"),
            ("Linux/x86_64", "linux/amd64", "linux/amd64"),
            ("linux/x86-64", "linux/amd64", "linux/amd64"),
            ("linux/i386", "linux/386", "linux/386"),
            ("linux/arm", "linux/arm", "linux/arm/v7"),
            ("linux/arm/7", "linux/arm/v7", "linux/arm/v7"),
            ("linux/arm/v7", "linux/arm/v7", "linux/arm/v7"),
            ("linux/arm/v6", "linux/arm/v6", "linux/arm/v6"),
            ("linux/arm/5", "linux/arm/v5", "linux/arm/v5"),
            ("linux/armhf", "linux/arm", "linux/arm/v7"),
            ("linux/armel", "linux/arm/v6", "linux/arm/v6"),
            ("linux/armel/v7", "linux/arm/v6", "linux/arm/v6"),
            ("linux/arm64", "linux/arm64", "linux/arm64"),
            ("linux/arm64/v8", "linux/arm64/v8", "linux/arm64"),
            ("linux/aarch64/8", "linux/arm64/v8", "linux/arm64"),
            ("linux/arm64/9.0", "linux/arm64/v9", "linux/arm64/v9"),
            ("linux/arm64/v9.2", "linux/arm64/v9.2", "linux/arm64/v9.2"),
            ("macos/arm64", "darwin/arm64", "darwin/arm64"),
            ("some/thing", "some/thing", "some/thing"),
            ("windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64"),
            (
                "windows(10.0.17763+win32k)/amd64",
                "windows(10.0.17763+win32k)/amd64",
                "windows(10.0.17763+win32k)/amd64",
            ),
            ("linux(+b+a+b)/amd64", "linux(+a+b)/amd64", "linux(+a+b)/amd64"),
            ("linux()/amd64", "linux/amd64", "linux/amd64"),
            ("linux(1%2B2)/amd64", "linux(1%2B2)/amd64", "linux(1%2B2)/amd64"),
            ("linux(%41)/amd64", "linux(A)/amd64", "linux(A)/amd64"),
        ] {
            let platform = Platform::parse(specifier).unwrap();
            assert_eq!(platform.format_all(), want, "{specifier}");
            assert_eq!(platform.normalize().format_all(), normalized, "{specifier}");
        }
        for (word, want) in [
            ("linux", format!("linux/{here}")),
            ("windows(10.0)", format!("windows(10.0)/{here}")),
            ("MacOS", format!("darwin/{here}")),
            ("arm64", "linux/arm64".to_owned()),
            ("aarch64", "linux/arm64".to_owned()),
            ("arm", "linux/arm".to_owned()),
            ("armel", "linux/arm/v6".to_owned()),
            ("s390x", "linux/s390x".to_owned()),
            ("wasm", "linux/wasm".to_owned()),
        ] {
            assert_eq!(Platform::parse(word).unwrap().to_string(), want);
        }
    }

    #[test]
    fn formats_without_options() {
        let platform = Platform::parse("windows(10.0+x)/amd64").unwrap();
        assert_eq!(platform.format(), "windows/amd64");
        assert_eq!(platform.os_version, "10.0");
        assert_eq!(platform.os_features, ["x"]);
        assert_eq!(Platform::default().format(), "unknown");
        assert_eq!(Platform::default().format_all(), "unknown");
        assert_eq!(Platform::default().normalize().os, "linux");
        let odd = Platform {
            os_features: vec![String::new(), "a+b".into(), "a+b".into()],
            ..Platform::new("l", "a", "")
        };
        assert_eq!(odd.format_all(), "l(+a%2Bb)/a");
    }

    #[test]
    fn refuses() {
        for (specifier, want) in [
            (
                "one/two/three/four",
                r#""one/two/three/four": cannot parse platform specifier: invalid argument"#,
            ),
            ("linux/*", r#""linux/*": wildcards not yet supported: invalid argument"#),
            ("foo", r#""foo": unknown operating system or architecture: invalid argument"#),
            (
                "linux%/amd64",
                r#""linux%" is an invalid OS component of "linux%/amd64": OSAndVersion specifier component must match "^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.%-]*)((?:\\+[A-Za-z0-9_.%-]+)*)\\))?$": invalid argument"#,
            ),
            (
                "",
                r#""" is an invalid OS component of "": OSAndVersion specifier component must match "^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.%-]*)((?:\\+[A-Za-z0-9_.%-]+)*)\\))?$": invalid argument"#,
            ),
            (
                "linux/",
                r#""" is an invalid component of "linux/": platform specifier component must match "^[A-Za-z0-9_.-]+$": invalid argument"#,
            ),
            (
                "linux/amd64/v1/x/y",
                r#""x/y" is an invalid component of "linux/amd64/v1/x/y": platform specifier component must match "^[A-Za-z0-9_.-]+$": invalid argument"#,
            ),
            (
                "linux(%zz)/amd64",
                r#""linux(%zz)/amd64" has an invalid OS version "%zz": invalid URL escape "%zz""#,
            ),
            (
                "linux(1+a%4)/amd64",
                r#""linux(1+a%4)/amd64" has invalid OS features: invalid os feature "a%4": invalid URL escape "%4""#,
            ),
        ] {
            assert_eq!(Platform::parse(specifier).unwrap_err().to_string(), want);
        }
        for os in [
            "li.nux",
            "linux(",
            "linux)",
            "linux(a",
            "linux(a)b",
            "linux(+)",
            "linux(a++b)",
            "(1)",
            "linux(a(b))",
        ] {
            let error = Platform::parse(&format!("{os}/amd64")).unwrap_err();
            assert!(matches!(error, PlatformError::OsComponent { .. }), "{os}: {error}");
        }
    }

    #[test]
    fn matches_after_normalization() {
        for (one, other, want) in [
            ("linux/arm64", "linux/arm64/v8", true),
            ("linux/arm", "linux/arm/v7", true),
            ("linux/arm/v7", "linux/arm/v6", false),
            ("linux/amd64", "linux/386", false),
            ("linux/amd64", "darwin/amd64", false),
            ("linux(+a+b)/amd64", "linux(+b)/amd64", true),
            ("linux(+a)/amd64", "linux(+b)/amd64", false),
            ("linux/amd64", "linux(+b)/amd64", false),
        ] {
            let matched = Platform::parse(one).unwrap().matches(&Platform::parse(other).unwrap());
            assert_eq!(matched, want, "{one} and {other}");
        }
    }

    #[test]
    fn offers_what_runs_here() {
        for (specifier, want) in [
            ("linux/amd64", "linux/amd64 linux/386"),
            ("linux/amd64/v3", "linux/amd64/v3 linux/amd64/v2 linux/amd64/v1 linux/386"),
            ("linux/arm/v7", "linux/arm/v7 linux/arm/v6 linux/arm/v5"),
            ("linux/arm/v5", "linux/arm/v5"),
            ("linux/arm64", "linux/arm64/v8 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5"),
            (
                "linux/arm64/v9",
                "linux/arm64/v9 linux/arm64/v8.5 linux/arm64/v8.4 linux/arm64/v8.3 linux/arm64/v8.2 linux/arm64/v8.1 \
                 linux/arm64/v8 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5",
            ),
            ("linux/riscv64", "linux/riscv64"),
            ("linux/amd64/v4000000000", "linux/amd64/v4000000000 linux/386"),
        ] {
            let candidates: Vec<String> = Platform::parse(specifier)
                .unwrap()
                .candidates()
                .iter()
                .map(Platform::format)
                .collect();
            assert_eq!(candidates.join(" "), want, "{specifier}");
        }
    }

    #[test]
    fn json() {
        let platform = Platform::parse("windows(10.0+win32k)/arm/v7").unwrap();
        let text = r#"{"architecture":"arm","os":"windows","os.version":"10.0","os.features":["win32k"],"variant":"v7"}"#;
        assert_eq!(serde_json::to_string(&platform).unwrap(), text);
        assert_eq!(serde_json::from_str::<Platform>(text).unwrap(), platform);
        assert_eq!(
            serde_json::to_string(&Platform::default()).unwrap(),
            r#"{"architecture":"","os":""}"#
        );
        let lenient: Platform =
            serde_json::from_str(r#"{"OS":"linux","Architecture":null,"other":[1]}"#).unwrap();
        assert_eq!(lenient, Platform::new("linux", "", ""));
    }

    #[test]
    fn default_is_linux() {
        let default = Platform::default_spec();
        assert_eq!(default.os, "linux");
        assert!(KNOWN_ARCHITECTURES.contains(&default.architecture.as_str()));
    }

    proptest! {
        #[test]
        fn never_panics(specifier in "\\PC{0,24}") {
            let _ = Platform::parse(&specifier);
        }

        #[test]
        fn normalizing_is_idempotent(specifier in "[a-z]{1,6}(\\([0-9.]{0,4}(\\+[a-c]){0,3}\\))?/(arm|arm64|aarch64|x86_64|armel)(/v?[0-9](\\.[0-9])?)?") {
            let once = Platform::parse(&specifier).unwrap().normalize();
            prop_assert_eq!(once.normalize(), once.clone());
            let again = Platform::parse(&once.format_all()).unwrap().normalize();
            prop_assert_eq!(again, once);
        }
    }
}
