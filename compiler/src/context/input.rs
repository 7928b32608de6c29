//! Frontend inputs: graphs that the client hands over instead of files.

use buildkit_proto::pb;
use prost::Message as _;

use crate::wire::PlatformExt as _;
use aliasfront_image::platform::Platform;

/// The platform of the vertex that `definition` ends in, where it has one.
pub fn platform(definition: &pb::Definition) -> Option<Platform> {
    let last = pb::Op::decode(definition.def.last()?.as_slice()).ok()?;
    let head = &last.inputs.first()?.digest;
    let bytes =
        definition.def.iter().find(|bytes| buildkit_llb::Digest::of(bytes).to_string() == *head)?;
    let platform = pb::Op::decode(bytes.as_slice()).ok()?.platform?;
    Some(Platform::from_pb(platform))
}
