//! The instructions' keywords.

use std::fmt;

/// An instruction's keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    /// `ADD`
    Add,
    /// `ARG`
    Arg,
    /// `CMD`
    Cmd,
    /// `COPY`
    Copy,
    /// `ENTRYPOINT`
    Entrypoint,
    /// `ENV`
    Env,
    /// `EXPOSE`
    Expose,
    /// `FROM`
    From,
    /// `HEALTHCHECK`
    Healthcheck,
    /// `LABEL`
    Label,
    /// `MAINTAINER`
    Maintainer,
    /// `ONBUILD`
    Onbuild,
    /// `RUN`
    Run,
    /// `SHELL`
    Shell,
    /// `STOPSIGNAL`
    Stopsignal,
    /// `USER`
    User,
    /// `VOLUME`
    Volume,
    /// `WORKDIR`
    Workdir,
}

impl Keyword {
    /// All of them, by name.
    pub const ALL: [Self; 18] = [
        Self::Add,
        Self::Arg,
        Self::Cmd,
        Self::Copy,
        Self::Entrypoint,
        Self::Env,
        Self::Expose,
        Self::From,
        Self::Healthcheck,
        Self::Label,
        Self::Maintainer,
        Self::Onbuild,
        Self::Run,
        Self::Shell,
        Self::Stopsignal,
        Self::User,
        Self::Volume,
        Self::Workdir,
    ];

    /// The keyword that `text` spells, in whatever case.
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|keyword| keyword.as_str().eq_ignore_ascii_case(text))
    }

    /// Its name in upper case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "ADD",
            Self::Arg => "ARG",
            Self::Cmd => "CMD",
            Self::Copy => "COPY",
            Self::Entrypoint => "ENTRYPOINT",
            Self::Env => "ENV",
            Self::Expose => "EXPOSE",
            Self::From => "FROM",
            Self::Healthcheck => "HEALTHCHECK",
            Self::Label => "LABEL",
            Self::Maintainer => "MAINTAINER",
            Self::Onbuild => "ONBUILD",
            Self::Run => "RUN",
            Self::Shell => "SHELL",
            Self::Stopsignal => "STOPSIGNAL",
            Self::User => "USER",
            Self::Volume => "VOLUME",
            Self::Workdir => "WORKDIR",
        }
    }
}

impl Keyword {
    /// The form in which the instruction is written.
    pub const fn usage(self) -> &'static str {
        match self {
            Self::Add => "ADD [FLAGS] SOURCE... DESTINATION",
            Self::Arg => "ARG NAME[=DEFAULT]...",
            Self::Cmd => "CMD [\"PROGRAM\", \"ARGUMENT\", ...], or CMD COMMAND",
            Self::Copy => "COPY [FLAGS] SOURCE... DESTINATION",
            Self::Entrypoint => {
                "ENTRYPOINT [\"PROGRAM\", \"ARGUMENT\", ...], or ENTRYPOINT COMMAND"
            }
            Self::Env => "ENV NAME=VALUE...",
            Self::Expose => "EXPOSE PORT[/PROTOCOL]...",
            Self::From => "FROM [--platform=PLATFORM] IMAGE [AS NAME]",
            Self::Healthcheck => "HEALTHCHECK [FLAGS] CMD COMMAND, or HEALTHCHECK NONE",
            Self::Label => "LABEL NAME=VALUE...",
            Self::Maintainer => "MAINTAINER NAME",
            Self::Onbuild => "ONBUILD INSTRUCTION",
            Self::Run => "RUN [FLAGS] COMMAND",
            Self::Shell => "SHELL [\"PROGRAM\", \"ARGUMENT\", ...]",
            Self::Stopsignal => "STOPSIGNAL SIGNAL",
            Self::User => "USER USER[:GROUP]",
            Self::Volume => "VOLUME [\"PATH\", ...], or VOLUME PATH...",
            Self::Workdir => "WORKDIR PATH",
        }
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
