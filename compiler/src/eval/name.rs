//! What steps are called in the progress output: `[stage 2/5] RUN …`.

use buildkit_dockerfile::expand::{EnvList, Environment, Expander};

use super::{Evaluator, Stage};
use crate::error::Error;
use aliasfront_image::platform::Platform;

impl Evaluator<'_, '_> {
    /// An instruction's text for a name: variables expanded, the keyword in upper case.
    pub(super) fn title(
        &mut self,
        expander: Expander,
        text: &str,
        env: &dyn Environment,
    ) -> Result<String, Error> {
        let expansion = self.budget.expand(expander, text, env)?;
        // What does not expand is shown as it is written: a name is no place for an error.
        let text = expansion.map_or_else(|_| text.to_owned(), |expansion| expansion.text);
        Ok(match text.split_once(' ') {
            Some((keyword, rest)) => format!("{} {rest}", keyword.to_uppercase()),
            None => text.to_uppercase(),
        })
    }

    /// `text` behind the stage's name and the number of the next step.
    ///
    /// With several platforms the platform goes first, with an arrow to the target platform where
    /// `env` has another one: that is a step of a cross compilation.
    pub(super) fn numbered(
        &self,
        stage: &mut Stage,
        text: &str,
        platform: Option<&Platform>,
        env: Option<&EnvList>,
        trigger: bool,
    ) -> String {
        let node = &self.graph[stage.id];
        self.numbered_of(stage, node.steps, text, platform, env, trigger)
    }

    /// The same, where the stage has `steps` steps.
    pub(super) fn numbered_of(
        &self,
        stage: &mut Stage,
        steps: usize,
        text: &str,
        platform: Option<&Platform>,
        env: Option<&EnvList>,
        trigger: bool,
    ) -> String {
        let node = &self.graph[stage.id];
        if steps == 0 {
            return text.to_owned();
        }
        stage.numbered += 1;
        let mut prefix = String::new();
        if self.given.options().multi_platform
            && let Some(platform) = platform
        {
            prefix.push_str(&platform.format_all());
            if let Some(target) = env.and_then(target_platform) {
                prefix.push_str(&arrow(platform, target));
            }
            prefix.push(' ');
        }
        if !node.label.is_empty() {
            prefix.push_str(&node.label);
            prefix.push(' ');
        }
        let width = steps.ilog10() as usize + 1;
        let trigger = if trigger { "ONBUILD " } else { "" };
        format!("[{prefix}{:>width$}/{steps}] {trigger}{text}", stage.numbered)
    }
}

/// The target platform that the environment of a stage knows.
fn target_platform(env: &EnvList) -> Option<Platform> {
    let mut platform = Platform::default();
    let mut set = false;
    if let Some(Ok(platform)) = env.get("TARGETPLATFORM").map(Platform::parse) {
        return Some(platform);
    }
    for (name, field) in [
        ("TARGETOS", &mut platform.os),
        ("TARGETARCH", &mut platform.architecture),
        ("TARGETVARIANT", &mut platform.variant),
    ] {
        if let Some(value) = env.get(name) {
            value.clone_into(field);
            set = true;
        }
    }
    set.then_some(platform)
}

/// The arrow from the platform of a step to the platform that it makes something for.
fn arrow(base: &Platform, mut target: Platform) -> String {
    if target.os.is_empty() {
        target.os.clone_from(&base.os);
    }
    if target.architecture.is_empty() {
        target.architecture.clone_from(&base.architecture);
    }
    let target = target.normalize();
    if target.os != base.os {
        return format!("->{}", target.format_all());
    }
    if target.architecture == base.architecture {
        return String::new();
    }
    if target.variant.is_empty() {
        format!("->{}", target.architecture)
    } else {
        format!("->{}/{}", target.architecture, target.variant)
    }
}
