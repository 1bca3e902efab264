# The verbs. README.md, CONTRIBUTING.md and .ci/run call these and nothing else.

CARGO ?= cargo
FUZZ_SECONDS ?= 60

.PHONY: help demo test check locks bench docs fuzz build deps

help:
	@echo "make demo     a problem made up, solved and explained"
	@echo "make test     all tests"
	@echo "make check    format, lints, licences, dependency rules, protocol, docs"
	@echo "make locks    takes what was added to the protocol and to the schemas into their listings"
	@echo "make bench    the benchmarks"
	@echo "make docs     the documentation of the crates, in target/doc"
	@echo "make fuzz     every parser for FUZZ_SECONDS ($(FUZZ_SECONDS)) seconds"
	@echo "make build    the optimised binary, target/release/colocate"
	@echo "make deps     what HiGHS needs to compile"

deps:
	@.ci/deps

demo: deps
	@$(CARGO) build --locked
	@$(CARGO) run --quiet --locked -- demo

test: deps
	@.ci/python
	@.ci/prometheus
	$(CARGO) test --workspace --locked

check: deps
	$(CARGO) fmt --all --check
	$(CARGO) fmt --all --check --manifest-path fuzz/Cargo.toml
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) clippy --manifest-path fuzz/Cargo.toml --target-dir "$${CARGO_TARGET_DIR:-target}" --locked -- -D warnings
	@$(CARGO) deny --version >/dev/null 2>&1 || $(CARGO) install cargo-deny --locked
	$(CARGO) deny --workspace check bans licenses sources
	.ci/advisories
	.ci/dependencies
	$(CARGO) test --package colocate-proto --features convert --test protocol --locked
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

locks: deps
	COLOCATE_RENEW_LOCKS=1 $(CARGO) test --package colocate-proto --features convert --test protocol --locked

bench: deps
	$(CARGO) bench --package colocate-bench --locked

docs: deps
	$(CARGO) doc --workspace --no-deps --locked

build: deps
	$(CARGO) build --release --locked

# cargo-fuzz wants unstable compiler flags, which RUSTC_BOOTSTRAP opens on the stable compiler.
# The first corpus folder keeps what is found; only what is worth keeping is then committed.
fuzz:
	@$(CARGO) fuzz --version >/dev/null 2>&1 || $(CARGO) install cargo-fuzz --locked
	@set -e; export RUSTC_BOOTSTRAP=1; for target in $$($(CARGO) fuzz list); do \
		echo "== $$target"; \
		mkdir -p fuzz/target/corpus/$$target fuzz/corpus/$$target; \
		$(CARGO) fuzz run $$target fuzz/target/corpus/$$target fuzz/corpus/$$target -- \
			-max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=2048 -timeout=10 -print_final_stats=1; \
	done
