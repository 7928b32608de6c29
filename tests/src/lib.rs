//! A test gateway, the golden corpus, and end-to-end tests on real engines.
//!
//! | module | what is in it |
//! |---|---|
//! | [`gateway`] | a real gRPC server on a frontend's stdin and stdout, which records everything and can misbehave |
//! | [`graph`] | definitions as graphs of vertices, and vertices as protobuf JSON |
//! | [`golden`] | the corpus of `golden/`: its cases, what the reference did with each, and the comparison |
//! | [`generate`] | builds that are made by lot, and what holds for all of them |
//! | [`frontend`] | where the frontend binary is |
//! | [`examples`] | the example programs of the library crates |
//! | [`progress`] | what a build on an engine did, from its own records |
//! | [`diff`] | differences of texts, for people |
//! | [`elf`] | programs and libraries, for images that are looked into |

pub mod diff;
pub mod elf;
pub mod examples;
pub mod frontend;
pub mod gateway;
pub mod generate;
pub mod golden;
pub mod graph;
pub mod progress;
