//! Where images are looked up.

use std::pin::Pin;
use std::sync::Arc;

use aliasfront_compiler::question::{Failure, Image, ImageFact};

/// A look-up on its way.
pub type Looking<'a> = Pin<Box<dyn Future<Output = Result<ImageFact, Failure>> + Send + 'a>>;

/// Something that knows images: a registry, a lock file.
pub trait Images: Send + Sync {
    /// Looks an image up.
    fn find<'a>(&'a self, image: &'a Image) -> Looking<'a>;
}

impl<I: Images + ?Sized> Images for Arc<I> {
    fn find<'a>(&'a self, image: &'a Image) -> Looking<'a> {
        (**self).find(image)
    }
}

/// Images that a function knows.
#[derive(Debug, Clone, Copy)]
pub struct Known<F>(pub F);

impl<F: Fn(&Image) -> Result<ImageFact, Failure> + Send + Sync> Images for Known<F> {
    fn find<'a>(&'a self, image: &'a Image) -> Looking<'a> {
        Box::pin(std::future::ready(self.0(image)))
    }
}
