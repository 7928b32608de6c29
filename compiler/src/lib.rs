//! Dockerfile to LLB, as a state machine that asks questions and is told facts.

pub mod image;
