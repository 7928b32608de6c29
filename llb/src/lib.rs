//! A typed builder for BuildKit LLB: vertices, deterministic marshalling, digests, capabilities, source maps.
