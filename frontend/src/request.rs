//! Requests other than builds: `docker buildx build --call=…`.

use aliasfront_compiler::{Code, Error, view};
use buildkit_proto::errdefs::Detail;
use buildkit_proto::gateway;

use crate::build::Build;
use crate::driver;
use crate::failure::Failure;

/// Answers the request `id`.
///
/// # Errors
///
/// It is unknown, or what it is about fails.
pub async fn answer(build: &Build, id: &str) -> Result<gateway::Result, Failure> {
    let Some(request) = view::Request::from_id(id) else {
        let error = Error::new(format!("unsupported request {id}")).code(Code::Unknown);
        return Err(Failure::from(error).detail(Detail::subrequest(id)));
    };
    let _ = (build, request, driver::drive);
    todo!()
}
