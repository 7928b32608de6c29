//! Go's ways of reading and writing values, where Dockerfiles and their errors depend on them.

pub mod boolean;
pub mod csv;
pub mod duration;
pub mod integer;
pub mod quote;
pub mod size;
