//! What BuildKit tells a frontend in its environment.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::pb::Platform;

const OPTION: &str = "BUILDKIT_FRONTEND_OPT_";
const SESSION: &str = "BUILDKIT_SESSION_ID";
const WORKERS: &str = "BUILDKIT_WORKERS";

/// The build's options, its session, and where the daemon's workers run.
///
/// ```
/// use buildkit_proto::environment::Environment;
///
/// // What `docker build --target app --build-arg TAG=3` comes to.
/// let variables = [
///     ("BUILDKIT_FRONTEND_OPT_0", "target=app"),
///     ("BUILDKIT_FRONTEND_OPT_1", "build-arg:TAG=3"),
///     ("BUILDKIT_SESSION_ID", "q7yx"),
///     ("BUILDKIT_WORKERS", r#"[{"Platforms":[{"os":"linux","architecture":"arm64"}]}]"#),
/// ];
/// let environment = Environment::from_variables(
///     variables.map(|(name, value)| (name.to_owned(), value.to_owned())),
/// );
/// assert_eq!(environment.opts["target"], "app");
/// assert_eq!(environment.opts["build-arg:TAG"], "3");
/// assert_eq!(environment.platform.unwrap().architecture, "arm64");
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Environment {
    /// The frontend options by key.
    pub opts: BTreeMap<String, String>,
    /// The session's id.
    pub session: String,
    /// The first platform of the first worker: what a build that names no platform is for.
    pub platform: Option<Platform>,
}

impl Environment {
    /// Reads the process's environment. What is not text is left out: no option of a build is.
    pub fn read() -> Self {
        Self::from_variables(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    /// Reads variables.
    pub fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
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

/// The first platform of the first worker; none where the list isn't what daemons write.
fn first_platform(workers: &str) -> Option<Platform> {
    let workers: Value = serde_json::from_str(workers).ok()?;
    let platform = workers.get(0)?.get("Platforms")?.get(0)?.as_object()?;
    let text = |key: &str| platform.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let features = platform.get("os.features").and_then(Value::as_array);
    let features = features.into_iter().flatten().filter_map(Value::as_str);
    Some(Platform {
        architecture: text("architecture"),
        os: text("os"),
        variant: text("variant"),
        os_version: text("os.version"),
        os_features: features.map(str::to_owned).collect(),
    })
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
        let workers = r#"[{"ID":"w","Labels":{},"Platforms":[
            {"architecture":"arm","os":"linux","os.version":"1","os.features":["a","b"],"variant":"v7"},
            {"architecture":"386","os":"linux"}]}]"#;
        let platform = read(&[("BUILDKIT_WORKERS", workers)]).platform.unwrap();
        let expected = Platform {
            architecture: "arm".into(),
            os: "linux".into(),
            variant: "v7".into(),
            os_version: "1".into(),
            os_features: vec!["a".into(), "b".into()],
        };
        assert_eq!(platform, expected);
        let broken =
            ["", "[]", "{", "3", r#"[{"Platforms":null}]"#, r#"[{"Platforms":["linux"]}]"#];
        for broken in broken {
            assert_eq!(read(&[("BUILDKIT_WORKERS", broken)]).platform, None, "{broken}");
        }
    }
}
