# What people do with this repository. Every target works from a clean clone; each says what it needs if it can't.

CARGO ?= cargo
# Seconds for each fuzz target.
FUZZ_SECONDS ?= 20
SOAK_SECONDS ?= 600

.PHONY: help demo test lint fmt unit golden size fuzz e2e bench soak engine-up engine-down

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## fourteen agents from one compilation, with tables of what each build did
	scripts/demo

test: lint unit golden size fuzz e2e ## everything that a change must pass; installs cargo-fuzz, shellcheck as root on Debian

lint: ## formatting, clippy and documentation without warnings, shellcheck
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings -D missing_docs -D rustdoc::broken_intra_doc_links" $(CARGO) doc --workspace --no-deps --locked
	scripts/shellcheck

fmt: ## format everything
	$(CARGO) fmt --all

unit: ## tests that need nothing but a toolchain
	$(CARGO) test --workspace --locked

golden: ## the recorded behaviour of the reference frontend
	$(CARGO) run --release --locked -p aliasfront-tests --bin golden -- --frontend "$$(scripts/frontend-binary)"
	$(CARGO) run --release --locked -p aliasfront-tests --bin golden -- --frontend "$$(scripts/frontend-binary)" --corpus tests/corpus

size: ## the gateway binary is small enough
	scripts/size

fuzz: ## every fuzz target for a moment
	scripts/fuzz $(FUZZ_SECONDS)

e2e: ## builds on real engines, the newest and the oldest supported
	scripts/e2e

bench: ## benchmarks
	$(CARGO) bench --workspace --locked

soak: ## many builds in a row on a real engine, then every fuzz target for as long as you like
	scripts/soak
	scripts/fuzz $(SOAK_SECONDS)

engine-up: ## start a Docker engine and a registry, or find the ones that run
	scripts/engine up

engine-down: ## stop what engine-up started
	scripts/engine down
