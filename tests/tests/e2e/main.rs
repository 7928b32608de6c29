//! Builds on a real Docker engine.
//!
//! Every test is ignored unless asked for, since it takes an engine, a registry and base images: `scripts/e2e` brings
//! them up and runs the tests on each supported engine. Counts and digests are asserted, never times.
//!
//! | variable | meaning |
//! |---|---|
//! | `DOCKER`, and what its client reads | the client and the engine, as `scripts/engine env` prints them |
//! | `FRONTEND` | the frontend's image, or `builtin` for the engine's own; default `localhost:5000/aliasfront` |
//! | `REGISTRY` | the registry that the engine pushes to; default `localhost:5000` |

mod alias;
mod attestations;
mod auto;
mod bake;
mod build;
mod caches;
mod cancel;
mod compose;
mod container;
mod content;
mod contexts;
mod contracts;
mod engine;
mod errors;
mod explained;
mod fallback;
mod frontend_image;
mod loads;
mod manual;
mod many_targets;
mod needs;
mod parity;
mod platforms;
mod prebuilt;
mod project;
mod protected;
mod published;
mod requests;
mod secrets;
mod tables;
mod targets;
mod unified;
mod variables;
mod verified;
mod waiting;
