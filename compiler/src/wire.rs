//! Between platforms and lines as this crate has them and those of `BuildKit`'s messages.

use aliasfront_image::platform::Platform;
use buildkit_llb::Range;
use buildkit_proto::pb;

/// A platform, to and from messages.
pub trait PlatformExt {
    /// The platform as vertices and requests have it.
    fn to_pb(&self) -> pb::Platform;

    /// The platform of a vertex or an answer.
    fn from_pb(platform: pb::Platform) -> Self;
}

impl PlatformExt for Platform {
    fn to_pb(&self) -> pb::Platform {
        pb::Platform {
            architecture: self.architecture.clone(),
            os: self.os.clone(),
            variant: self.variant.clone(),
            os_version: self.os_version.clone(),
            os_features: self.os_features.clone(),
        }
    }

    fn from_pb(platform: pb::Platform) -> Self {
        Self {
            architecture: platform.architecture,
            os: platform.os,
            os_version: platform.os_version,
            os_features: platform.os_features,
            variant: platform.variant,
        }
    }
}

/// A range for each of the lines, as the reference sends them.
pub fn line_ranges(lines: impl IntoIterator<Item = u32>) -> impl Iterator<Item = Range> {
    lines.into_iter().map(|line| {
        let line = i32::try_from(line).unwrap_or(i32::MAX);
        Range::lines(line, line)
    })
}
