//! The compilations of one build: one for each target and platform.

use std::sync::Arc;

use aliasfront_image::platform::Platform;

use crate::given::Input;
use crate::options::Options;

/// Which of a build's compilations one is.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its target, where the build has several.
    pub target: Option<String>,
    /// Its platform, where one was asked for.
    pub platform: Option<Platform>,
}

impl Part {
    /// The part in words: `target kiro on linux/arm64`; empty where a build has one.
    pub(super) fn describe(&self) -> String {
        let target = self.target.iter().map(|target| format!("target {target}"));
        let platform = self.platform.iter().map(|platform| format!("on {}", platform.normalize()));
        target.chain(platform).collect::<Vec<_>>().join(" ")
    }
}

/// The compilation of a stage that must pass, as if it were the target, on a platform.
pub(crate) fn part_to_pass(
    input: &Input,
    stage: &str,
    platform: Option<Platform>,
) -> (Part, Input) {
    let options = Options { target: Some(stage.to_owned()), ..(*input.options).clone() };
    let part = Part { target: Some(stage.to_owned()), platform: platform.clone() };
    let input = Input { options: Arc::new(options), platform, lint: false, ..input.clone() };
    (part, input)
}

/// The compilations of a build for these targets, none for the one of the options, and for the platforms
/// of the options. The reference's lint rules run in the first one of each target.
pub fn parts(input: &Input, targets: &[String]) -> Vec<(Part, Input)> {
    let platforms: Vec<Option<Platform>> = match input.options.platforms.as_slice() {
        [] => vec![None],
        platforms => platforms.iter().cloned().map(Some).collect(),
    };
    let targets: Vec<Option<&String>> = match targets {
        [] => vec![None],
        targets => targets.iter().map(Some).collect(),
    };
    let mut parts = Vec::with_capacity(targets.len() * platforms.len());
    for target in targets {
        let options = match target {
            Some(target) => {
                Arc::new(Options { target: Some(target.clone()), ..(*input.options).clone() })
            }
            None => Arc::clone(&input.options),
        };
        for (index, platform) in platforms.iter().enumerate() {
            let input = Input {
                options: Arc::clone(&options),
                platform: platform.clone(),
                lint: index == 0,
                ..input.clone()
            };
            parts.push((Part { target: target.cloned(), platform: platform.clone() }, input));
        }
    }
    parts
}
