//! The list of a source's files.
//!
//! A step of the build makes it: this frontend's own image, with the source mounted, runs this executable. The engine
//! keeps the step's result by the content of the source, so that nothing is read or sent again while that stays the same.
//! Where the engine can't run that, files are read through the gateway, if there are few.

mod own_image;
pub(crate) mod program;
mod read;
mod step;

use std::sync::Arc;

use aliasfront_compiler::question::Tree;
use aliasfront_compiler::{Error, Fact};
use aliasfront_content::List;

use crate::engine::Engine;
use crate::failure::Failure;

/// What to do where neither way works.
const HINT: &str = "name a frontend image that the engine can run in the syntax line, or let the stage copy fewer files";

/// Why there is no list.
enum Unlisted {
    /// There are too many files, or names that no list can have: another way would find the same.
    Files(String),
    /// The way is closed.
    Way(Failure),
}

impl From<Failure> for Unlisted {
    fn from(failure: Failure) -> Self {
        Self::Way(failure)
    }
}

/// Lists the files of a tree, by a step called `log_name` in the build's progress.
///
/// # Errors
///
/// The source can't be loaded, has more files than a list can have, or can't be listed in either way.
pub(crate) async fn list(engine: &Engine, tree: &Tree, log_name: &str) -> Result<Fact, Failure> {
    let by_step = match own_image::find(engine).await {
        Ok(image) => step::run(engine, tree, image, log_name).await,
        Err(failure) => Err(failure.into()),
    };
    let list = match by_step {
        Ok(list) => list,
        Err(Unlisted::Files(message)) => return Err(Error::new(message).into()),
        Err(Unlisted::Way(no_step)) => {
            tracing::info!("no step lists the files: {}", no_step.message());
            read::list(engine, tree).await.map_err(|unlisted| match unlisted {
                Unlisted::Files(message) => {
                    Error::new(format!("{message}; no step could list them: {}", no_step.message()))
                        .hint(HINT)
                        .into()
                }
                Unlisted::Way(failure) => failure,
            })?
        }
    };
    Ok(Fact::Content(Arc::<List>::new(list)))
}
