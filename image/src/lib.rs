//! The world of container images as text and values: names, platforms, configs, digests, and the small formats in
//! which build files and build options speak of them.
//!
//! Every module is pure data: text in, values out. Each is equal in behaviour to what Docker and `BuildKit` do with the
//! same text, down to the error messages, since clients show and match those, and down to the bytes of an image config,
//! since an image's digest depends on them.
//!
//! | module | what it reads |
//! |---|---|
//! | [`reference`](mod@reference) | `alpine`, `ghcr.io/org/app:1.2@sha256:…` |
//! | [`digest`] | `sha256:…` |
//! | [`platform`], [`system`] | `linux/arm64/v8`; what an operating system decides: paths, the shell |
//! | [`config`] | an image's config, and writes it again byte for byte |
//! | [`ignore`] | `.dockerignore` |
//! | [`git`] | `https://…/repo.git?ref=…#…:…`, `git@host:path` |
//! | [`port`], [`signal`], [`mode`] | the words of `EXPOSE`, `STOPSIGNAL` and `--chmod` |
//!
//! ```
//! use aliasfront_image::platform::Platform;
//! use aliasfront_image::reference::Reference;
//!
//! let name = Reference::parse_normalized("alpine:3.22")?;
//! assert_eq!(name.to_string(), "docker.io/library/alpine:3.22");
//! assert_eq!(name.familiar(), "alpine:3.22");
//!
//! let board = Platform::parse("linux/arm/v7")?;
//! let images: Vec<String> = board.candidates().iter().map(Platform::format).collect();
//! assert_eq!(images, ["linux/arm/v7", "linux/arm/v6", "linux/arm/v5"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod config;
pub mod digest;
pub mod git;
pub mod ignore;
pub mod mode;
pub mod platform;
pub mod port;
pub mod reference;
pub mod signal;
pub mod system;

/// The README's example runs too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
