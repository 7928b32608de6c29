//! A test gateway, the golden corpus, and end-to-end tests on real engines.
pub mod progress;
