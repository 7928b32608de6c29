//! The project's own lint rules, all around aliases. Each is documented in `docs/rules/`.

use buildkit_dockerfile::lint::Rule;

/// `ARG` of an alias after the first `FROM`: the alias's `FROM` cannot see it.
///
/// Move the `ARG` before the first `FROM`.
pub static ALIAS_ARG_AFTER_FROM: Rule = Rule {
    name: "AliasArgAfterFrom",
    description: "The ARG that an alias's FROM uses must be declared before the first FROM",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-arg-after-from.md",
    experimental: false,
};

/// The alias is overridden, but an instruction still reaches the compile stage by its own name.
///
/// Take the files from the alias instead.
pub static ALIAS_LEAK: Rule = Rule {
    name: "AliasLeak",
    description: "With an alias overridden, nothing should reach its compile stage",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-leak.md",
    experimental: false,
};

/// `--target` names an overridden alias: the build only exports the prebuilt image again.
///
/// Name the compile stage to build it anew.
pub static ALIAS_AS_TARGET: Rule = Rule {
    name: "AliasAsTarget",
    description: "An overridden alias as the target only exports the prebuilt image again",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-as-target.md",
    experimental: false,
};

/// The prebuilt image was made from another revision than the one that is built.
///
/// Build the image anew, or set `ALIASFRONT_REVISION` to the revision it should have.
pub static ALIAS_STALE: Rule = Rule {
    name: "AliasStale",
    description: "A prebuilt image should be made from the revision that is built",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-stale.md",
    experimental: false,
};

/// An alias became an image by a tag, and its contract asks for a digest: the build fails.
///
/// Name the image by its digest.
pub static ALIAS_NOT_PINNED: Rule = Rule {
    name: "AliasNotPinned",
    description: "An alias with pin=digest should become an image by digest",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-not-pinned.md",
    experimental: false,
};

/// An alias became an image that its contract does not allow: the build fails.
///
/// Use an image that it allows, or allow this one.
pub static ALIAS_NOT_ALLOWED: Rule = Rule {
    name: "AliasNotAllowed",
    description: "An alias with allow= should become an image that it allows",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-not-allowed.md",
    experimental: false,
};

/// The engine took the prebuilt image from its local store, which may not be what the registry has.
///
/// Name the image by its digest.
pub static ALIAS_FROM_LOCAL_STORE: Rule = Rule {
    name: "AliasFromLocalStore",
    description: "A prebuilt image should come from the registry, not from the engine's own store",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-from-local-store.md",
    experimental: false,
};

/// The prebuilt image could not be used, and the compile stage took its place, as `fallback=local`
/// allows.
pub static ALIAS_FELL_BACK: Rule = Rule {
    name: "AliasFellBack",
    description: "A prebuilt image that cannot be used makes the build compile",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-fell-back.md",
    experimental: false,
};

/// The engine does not show files of the prebuilt image, so they were not checked.
pub static ALIAS_NOT_VERIFIED: Rule = Rule {
    name: "AliasNotVerified",
    description: "The files of a prebuilt image should be checked before they are used",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-not-verified.md",
    experimental: false,
};

/// A `--build-arg` that nothing in the build uses.
///
/// Correct its name, or leave it out.
pub static UNUSED_BUILD_ARG: Rule = Rule {
    name: "UnusedBuildArg",
    description: "Every build argument should be declared by what is built",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/unused-build-arg.md",
    experimental: false,
};

/// A `--build-context` that nothing uses, and whose name is nearly that of a stage or an image.
///
/// Correct its name, or leave it out.
pub static UNUSED_BUILD_CONTEXT: Rule = Rule {
    name: "UnusedBuildContext",
    description: "Every build context should have the name of a stage or of an image",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/unused-build-context.md",
    experimental: false,
};

/// A global argument in `COPY --from` or a mount's `from`: stock frontends reject it.
///
/// Where the Dockerfile must build with them, write an alias stage instead.
pub static GLOBAL_ARG_AS_SOURCE: Rule = Rule {
    name: "GlobalArgAsSource",
    description: "Stock frontends take no variable in COPY --from and RUN --mount=from",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/global-arg-as-source.md",
    experimental: true,
};

/// A build of many targets: exporters of images take its results for platforms of one image.
///
/// Export it with `--output type=local` or `type=tar`.
pub static MANY_TARGETS: Rule = Rule {
    name: "ManyTargets",
    description: "A build of many targets is for exporters of files",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/many-targets.md",
    experimental: false,
};

/// All of the project's own rules.
pub static ALL: [&Rule; 13] = [
    &ALIAS_ARG_AFTER_FROM,
    &ALIAS_LEAK,
    &ALIAS_AS_TARGET,
    &ALIAS_STALE,
    &ALIAS_NOT_PINNED,
    &ALIAS_NOT_ALLOWED,
    &ALIAS_FROM_LOCAL_STORE,
    &ALIAS_FELL_BACK,
    &ALIAS_NOT_VERIFIED,
    &UNUSED_BUILD_ARG,
    &UNUSED_BUILD_CONTEXT,
    &GLOBAL_ARG_AS_SOURCE,
    &MANY_TARGETS,
];

/// Whether a rule is the project's own.
pub fn is_own(rule: &Rule) -> bool {
    ALL.iter().any(|own| own.name == rule.name)
}
