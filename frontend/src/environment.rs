//! What BuildKit tells a frontend in its environment.

use std::collections::BTreeMap;

use aliasfront_compiler::image::platform::Platform;
use serde::Deserialize;

const OPTION: &str = "BUILDKIT_FRONTEND_OPT_";
const SESSION: &str = "BUILDKIT_SESSION_ID";
const WORKERS: &str = "BUILDKIT_WORKERS";

/// The build's options, its session, and the workers of the engine.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The frontend options by key.
    pub opts: BTreeMap<String, String>,
    /// The session's id.
    pub session: String,
    /// The first platform of the first worker.
    pub platform: Option<Platform>,
}

/// A worker as the environment lists it.
#[derive(Debug, Deserialize)]
struct Worker {
    #[serde(rename = "Platforms", default)]
    platforms: Option<Vec<Platform>>,
}

impl Environment {
    /// Reads the process's environment. What is not text is left out: no option of a build is.
    pub fn read() -> Self {
        Self::from_variables(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut environment = Self::default();
        for (name, value) in variables {
            if name.starts_with(OPTION) {
                let (key, value) = value.split_once('=').unwrap_or((&value, ""));
                environment.opts.insert(key.to_owned(), value.to_owned());
            } else if name == SESSION {
                environment.session = value;
            } else if name == WORKERS {
                environment.platform = first_platform(&value);
            }
        }
        environment
    }
}

fn first_platform(workers: &str) -> Option<Platform> {
    let workers: Vec<Worker> = serde_json::from_str(workers).ok()?;
    workers.into_iter().next()?.platforms?.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Environment {
        Environment::from_variables(
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    #[test]
    fn options_are_split_at_their_first_equals_sign() {
        let environment = read(&[
            ("BUILDKIT_FRONTEND_OPT_0", "build-arg:A=b=c"),
            ("BUILDKIT_FRONTEND_OPT_1", "no-cache"),
            ("BUILDKIT_SESSION_ID", "s1"),
            ("PATH", "/bin"),
        ]);
        assert_eq!(environment.opts["build-arg:A"], "b=c");
        assert_eq!(environment.opts["no-cache"], "");
        assert_eq!(environment.opts.len(), 2);
        assert_eq!(environment.session, "s1");
        assert_eq!(environment.platform, None);
    }

    #[test]
    fn the_first_worker_says_the_platform() {
        let workers =
            r#"[{"ID":"w","Labels":{},"Platforms":[{"architecture":"arm64","os":"linux"}]}]"#;
        let platform = read(&[("BUILDKIT_WORKERS", workers)]).platform.unwrap();
        assert_eq!(platform.architecture, "arm64");
        for broken in ["", "[]", "{", r#"[{"Platforms":null}]"#] {
            assert_eq!(read(&[("BUILDKIT_WORKERS", broken)]).platform, None, "{broken}");
        }
    }
}
