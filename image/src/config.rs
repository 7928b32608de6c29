//! The config of an image: what a container of it runs and with which surroundings, and how the
//! image was made.
//!
//! This is Docker's extension of the OCI image config. Fields are written in the order of the
//! structs here, empty ones are left out, and fields that aren't known are dropped when a config is
//! read and written again: all as the daemon does, so that an image's digest comes out the same.

use std::collections::{BTreeMap, BTreeSet};

use aliasfront_gotext::duration::{self, Nanoseconds};
use aliasfront_gotext::json::{self, go_object};
use aliasfront_gotext::list;
use aliasfront_gotext::timestamp::{Timestamp, TimestampError};
use serde::Serialize;

use crate::platform::Platform;
use crate::system::System;

/// The comment that every history entry made by a Dockerfile carries.
const HISTORY_COMMENT: &str = "buildkit.dockerfile.v0";

/// An image config.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImageConfig {
    /// When the image was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// Who made it, as MAINTAINER says.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// What it runs on; its fields are fields of the config.
    #[serde(flatten)]
    pub platform: Platform,
    /// Its layers.
    pub rootfs: RootFs,
    /// How it was made, step by step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<History>,
    /// How a container of it is run.
    pub config: RunConfig,
}

/// How a container is run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RunConfig {
    /// The user, and maybe after a colon the group, by name or number.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// The ports that it listens on, each with its protocol: `80/tcp`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", serialize_with = "json::serialize_set")]
    pub exposed_ports: BTreeSet<String>,
    /// The environment, as `NAME=value`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// The command line's beginning, that arguments of `docker run` don't replace.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entrypoint: Vec<String>,
    /// The command line's rest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cmd: Vec<String>,
    /// Directories that hold data of a container.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", serialize_with = "json::serialize_set")]
    pub volumes: BTreeSet<String>,
    /// Where the command is run.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// Free metadata.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The signal that ends a container.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stop_signal: String,
    /// For Windows, that the command line is one string, already escaped. CMD sets it on every
    /// system.
    #[serde(skip_serializing_if = "is_false")]
    pub args_escaped: bool,
    /// How a container is found healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    /// Instructions for builds from this image.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_build: Vec<String>,
    /// What runs the shell form of instructions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shell: Vec<String>,
}

/// How a container is found healthy. Zero means the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Healthcheck {
    /// `NONE`, `CMD` and a command line, or `CMD-SHELL` and a line for the shell. Empty: as the
    /// base image.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub test: Vec<String>,
    /// Between two checks.
    #[serde(skip_serializing_if = "is_zero")]
    pub interval: Nanoseconds,
    /// How long one check may take.
    #[serde(skip_serializing_if = "is_zero")]
    pub timeout: Nanoseconds,
    /// How long failures don't count after the start.
    #[serde(skip_serializing_if = "is_zero")]
    pub start_period: Nanoseconds,
    /// Between two checks while starting.
    #[serde(skip_serializing_if = "is_zero")]
    pub start_interval: Nanoseconds,
    /// How many failures in a row it takes.
    #[serde(skip_serializing_if = "is_zero")]
    pub retries: i64,
}

/// The layers of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RootFs {
    /// Always `layers`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The digests of the uncompressed layers from bottom to top. An image without any is written
    /// as `null` when it is new and as `[]` when it came so.
    pub diff_ids: Option<Vec<String>>,
}

/// One step in the making of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct History {
    /// When it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// What was done.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub created_by: String,
    /// Who did it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// What there is to say about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub comment: String,
    /// That it made no layer.
    #[serde(skip_serializing_if = "is_false")]
    pub empty_layer: bool,
}

go_object!(ImageConfig {
    "created" => created,
    "author" => author,
    "architecture" => platform.architecture,
    "os" => platform.os,
    "os.version" => platform.os_version,
    "os.features" => platform.os_features,
    "variant" => platform.variant,
    "rootfs" => rootfs,
    "history" => history,
    "config" => config,
});
go_object!(RunConfig {
    "User" => user,
    "ExposedPorts" => exposed_ports,
    "Env" => env,
    "Entrypoint" => entrypoint,
    "Cmd" => cmd,
    "Volumes" => volumes,
    "WorkingDir" => working_dir,
    "Labels" => labels,
    "StopSignal" => stop_signal,
    "ArgsEscaped" => args_escaped,
    "Healthcheck" => healthcheck,
    "OnBuild" => on_build,
    "Shell" => shell,
});
go_object!(Healthcheck {
    "Test" => test,
    "Interval" => interval,
    "Timeout" => timeout,
    "StartPeriod" => start_period,
    "StartInterval" => start_interval,
    "Retries" => retries,
});
go_object!(RootFs { "type" => kind, "diff_ids" => diff_ids });
go_object!(History {
    "created" => created,
    "created_by" => created_by,
    "author" => author,
    "comment" => comment,
    "empty_layer" => empty_layer,
});

/// Why bytes are no image config.
#[derive(Debug, thiserror::Error)]
#[error("failed to parse image config: {0}")]
pub struct ConfigError(#[from] serde_json::Error);

impl ImageConfig {
    /// Reads a config as the daemon does: field names in any case, unknown fields dropped, `null`
    /// as if it weren't there.
    pub fn parse(json: &[u8]) -> Result<Self, ConfigError> {
        Ok(json::from_slice(json)?)
    }

    /// The config's JSON, byte for byte as the daemon's own structs give it. Times that [cannot be
    /// written](Self::check_times) are left out.
    #[expect(clippy::missing_panics_doc, reason = "it cannot: see the message")]
    pub fn to_json(&self) -> Vec<u8> {
        let writes = "all keys are strings, all times are checked, and a Vec takes every write";
        if self.check_times().is_ok() {
            return json::to_vec(self).expect(writes);
        }
        let mut config = self.clone();
        let entries = config.history.iter_mut().map(|entry| &mut entry.created);
        for time in entries.chain([&mut config.created]) {
            *time = time.filter(|time| time.check().is_ok());
        }
        json::to_vec(&config).expect(writes)
    }

    /// Whether all times of the config can be written.
    ///
    /// # Errors
    ///
    /// A year isn't one of four digits.
    pub fn check_times(&self) -> Result<(), TimestampError> {
        let mut times = self.history.iter().map(|entry| entry.created).chain([self.created]);
        times.try_for_each(|time| time.map_or(Ok(()), |time| time.check()))
    }

    /// The image that `FROM scratch` is.
    pub fn empty(platform: &Platform) -> Self {
        let path = System::of(&platform.os).search_path();
        Self {
            platform: platform.clone(),
            rootfs: RootFs { kind: "layers".to_owned(), diff_ids: None },
            config: RunConfig {
                working_dir: "/".to_owned(),
                env: path.map(|path| format!("PATH={path}")).into_iter().collect(),
                ..RunConfig::default()
            },
            ..Self::default()
        }
    }

    /// How many layers the image has.
    pub fn layers(&self) -> usize {
        self.rootfs.diff_ids.as_ref().map_or(0, Vec::len)
    }

    /// Adds a history entry of a Dockerfile's instruction. One that changed the file system made a
    /// layer, another didn't.
    pub fn push_history(
        &mut self,
        created_by: String,
        made_layer: bool,
        created: Option<Timestamp>,
    ) {
        self.history.push(History {
            created,
            created_by,
            comment: HISTORY_COMMENT.to_owned(),
            empty_layer: !made_layer,
            ..History::default()
        });
    }
}

impl RunConfig {
    /// The value of an environment variable; the last one counts where there are several.
    pub fn env(&self, name: &str) -> Option<&str> {
        self.env.iter().rev().find_map(|entry| {
            let (key, value) = split_env(entry);
            (key == name).then_some(value)
        })
    }

    /// Sets an environment variable where it first stands, or at the end.
    pub fn set_env(&mut self, name: &str, value: &str) {
        let entry = format!("{name}={value}");
        match self.env.iter_mut().find(|entry| split_env(entry).0 == name) {
            Some(old) => *old = entry,
            None => self.env.push(entry),
        }
    }
}

/// The name and the value of an environment entry.
pub fn split_env(entry: &str) -> (&str, &str) {
    entry.split_once('=').unwrap_or((entry, ""))
}

impl Healthcheck {
    /// The form in which history entries show it: `{Test:[CMD true] Interval:30s …}`.
    pub fn to_history(&self) -> String {
        format!(
            "{{Test:{} Interval:{} Timeout:{} StartPeriod:{} StartInterval:{} Retries:{}}}",
            list::plain_list(&self.test),
            duration::format_duration(self.interval),
            duration::format_duration(self.timeout),
            duration::format_duration(self.start_period),
            duration::format_duration(self.start_interval),
            self.retries
        )
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(json: &str) -> String {
        String::from_utf8(ImageConfig::parse(json.as_bytes()).unwrap().to_json()).unwrap()
    }

    const FULL: &str = concat!(
        r#"{"created":"2024-05-06T07:08:09.5Z","author":"me \u003cm@e\u003e","architecture":"arm","os":"windows","#,
        r#""os.version":"10.0","os.features":["win32k"],"variant":"v7","#,
        r#""rootfs":{"type":"layers","diff_ids":["sha256:aa","sha256:bb"]},"#,
        r#""history":[{"created":"2023-01-01T00:00:00Z","created_by":"a \u0026\u0026 b","author":"x","comment":"c","empty_layer":true},{"created_by":"RUN"}],"#,
        r#""config":{"User":"1000:1000","ExposedPorts":{"53/udp":{},"80/tcp":{}},"Env":["A=1","B"],"#,
        r#""Entrypoint":["/e"],"Cmd":["c","d"],"Volumes":{"/v":{}},"WorkingDir":"/w","#,
        r#""Labels":{"a":"","b":"\u2028"},"StopSignal":"SIGTERM","ArgsEscaped":true,"#,
        r#""Healthcheck":{"Test":["CMD","true"],"Interval":30000000000,"Timeout":1,"StartPeriod":2,"StartInterval":3,"Retries":4},"#,
        r#""OnBuild":["RUN x"],"Shell":["/bin/bash","-c"]}}"#
    );

    #[test]
    fn rewrites() {
        let nothing =
            r#"{"architecture":"","os":"","rootfs":{"type":"","diff_ids":null},"config":{}}"#;
        for (json, want) in [
            (FULL, FULL),
            ("{}", nothing),
            ("null", nothing),
            // The order and the case of fields, unknown fields, and empty values.
            (
                r#"{"Config":{"env":[],"LABELS":{},"Healthcheck":null,"Tty":false,"Hostname":"h","Image":"sha256:x"},
                    "container_config":{"Cmd":["x"]},"docker_version":"1","OS":"linux","architecture":"amd64",
                    "history":[],"os.features":[],"rootfs":{"diff_ids":[],"type":"layers"},"created":null}"#,
                r#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"config":{}}"#,
            ),
            // An empty health check isn't none.
            (
                r#"{"config":{"Healthcheck":{},"ArgsEscaped":false}}"#,
                r#"{"architecture":"","os":"","rootfs":{"type":"","diff_ids":null},"config":{"Healthcheck":{}}}"#,
            ),
            // Times lose what says nothing.
            (
                r#"{"created":"2023-01-01T00:00:00.120+00:00","history":[{"created":"0001-01-01T00:00:00Z"},null]}"#,
                r#"{"created":"2023-01-01T00:00:00.12Z","architecture":"","os":"","rootfs":{"type":"","diff_ids":null},"history":[{"created":"0001-01-01T00:00:00Z"},{}],"config":{}}"#,
            ),
        ] {
            assert_eq!(rewritten(json), want);
        }
    }

    #[test]
    fn refuses() {
        for json in [
            "",
            "[]",
            "{\"config\":[]}",
            "{\"created\":\"\"}",
            "{\"config\":{\"Cmd\":\"sh\"}}",
            "{}x",
        ] {
            let error = ImageConfig::parse(json.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("failed to parse image config: "), "{error}");
        }
    }

    #[test]
    fn empty_image() {
        let linux = ImageConfig::empty(&Platform::new("linux", "arm", "v7"));
        let want = concat!(
            r#"{"architecture":"arm","os":"linux","variant":"v7","rootfs":{"type":"layers","diff_ids":null},"#,
            r#""config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"WorkingDir":"/"}}"#
        );
        assert_eq!(String::from_utf8(linux.to_json()).unwrap(), want);
        assert_eq!(linux.layers(), 0);
        assert!(ImageConfig::empty(&Platform::new("windows", "amd64", "")).config.env.is_empty());
    }

    #[test]
    fn environment() {
        let mut config =
            RunConfig { env: vec!["A=1".into(), "B".into(), "A=2".into()], ..RunConfig::default() };
        assert_eq!(
            (config.env("A"), config.env("B"), config.env("C")),
            (Some("2"), Some(""), None)
        );
        config.set_env("A", "x=y");
        config.set_env("B", "");
        config.set_env("C", "3");
        assert_eq!(config.env, ["A=x=y", "B=", "A=2", "C=3"]);
    }

    #[test]
    fn history() {
        let mut config = ImageConfig::default();
        config.push_history("RUN x # buildkit".into(), true, None);
        config.push_history("ENV a=b".into(), false, Some(Timestamp::from_unix(0)));
        let want = concat!(
            r#"[{"created_by":"RUN x # buildkit","comment":"buildkit.dockerfile.v0"},"#,
            r#"{"created":"1970-01-01T00:00:00Z","created_by":"ENV a=b","comment":"buildkit.dockerfile.v0","empty_layer":true}]"#
        );
        assert_eq!(serde_json::to_string(&config.history).unwrap(), want);
        let check = Healthcheck {
            test: vec!["CMD-SHELL".into(), "curl -f x".into()],
            interval: 90 * duration::SECOND,
            retries: 3,
            ..Healthcheck::default()
        };
        let want = "{Test:[CMD-SHELL curl -f x] Interval:1m30s Timeout:0s StartPeriod:0s StartInterval:0s Retries:3}";
        assert_eq!(check.to_history(), want);
    }
}
