//! Which stages an SBOM is made of.

use aliasfront_gotext::boolean::parse_bool;

use super::Stage;
use crate::given::Given;

/// The argument that asks for a scan of the build context.
pub const SCAN_CONTEXT: &str = "BUILDKIT_SBOM_SCAN_CONTEXT";
/// The argument that asks for a scan of a stage that is not the target.
pub const SCAN_STAGE: &str = "BUILDKIT_SBOM_SCAN_STAGE";

/// Whether this is an argument that speaks to the frontend: steps do not see it.
pub(super) fn is_scan_argument(name: &str) -> bool {
    name == SCAN_CONTEXT || name == SCAN_STAGE
}

/// Whether the argument `name` asks for a scan of the stage called `label`.
pub(super) fn is_enabled(name: &str, label: &str, stage: &Stage, given: &Given) -> bool {
    let value = stage.build_args.last_value(name).or_else(|| given.globals.env.get(name));
    let Some(value) = value else { return false };
    parse_bool(value).unwrap_or_else(|| value.split(',').any(|stage| stage == label))
}
