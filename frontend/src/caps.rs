//! What a build may ask of a frontend: the option `frontend.caps`.

use aliasfront_compiler::{Code, Error};
use buildkit_proto::caps::frontend;
use buildkit_proto::errdefs::Detail;

use crate::failure::Failure;

/// What this frontend has. The labels of its image list the same.
const CAPABILITIES: [&str; 4] =
    [frontend::INPUTS, frontend::SUBREQUESTS, frontend::CONTEXTS, frontend::GIT_QUERY_STRING];

/// A capability with this suffix may be left to the frontend that the Dockerfile names.
const FORWARD: &str = "+forward";

/// What the required capabilities allow.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Everything.
    Fine,
    /// Only to forward the build to another frontend, which may have what this one lacks.
    OnlyForward(Failure),
}

/// Checks the capabilities that a build needs.
///
/// # Errors
///
/// One is missing, and may not be left to another frontend.
pub(crate) fn check(required: &str) -> Result<Verdict, Failure> {
    let mut verdict = Verdict::Fine;
    for capability in required.split(',').filter(|capability| !capability.is_empty()) {
        let name = capability.split('+').next().unwrap_or(capability);
        if CAPABILITIES.contains(&name) {
            continue;
        }
        let error =
            Error::new(format!("unsupported frontend capability {name}")).code(Code::Unimplemented);
        let failure = Failure::from(error).detail(Detail::frontend_cap(name));
        if !capability.contains(FORWARD) {
            return Err(failure);
        }
        verdict = Verdict::OnlyForward(failure);
    }
    Ok(verdict)
}
