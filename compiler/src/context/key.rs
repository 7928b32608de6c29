//! The keys of named contexts.

/// The key of a named context in the options: `name`, or `name::platform`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContextKey {
    /// The key.
    pub key: String,
    /// The name without a platform.
    pub name: String,
}
