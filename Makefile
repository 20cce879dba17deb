# `make demo` shows Outis with made-up visitors, `make test` installs what the tests need and runs them all.

CARGO ?= cargo
# Where built things are; the demo runs from here.
TARGET := $(or $(CARGO_TARGET_DIR),target)

.PHONY: demo test check bench torture relink lists web tools

# Public lists, brought by package.
lists:
	sh scripts/fetch-lists

# The dashboard and the tracker, which the binary embeds.
web:
	sh scripts/build-web

# What tests use and the machine may lack: a browser, strace, Python packages.
tools:
	sh scripts/install-test-tools

demo: lists web
	$(CARGO) build --profile quick --bin outis
	$(TARGET)/quick/outis demo

check: lists web
	$(CARGO) fmt --all --check
	$(CARGO) run --quiet --package xtask -- tidy
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	sh scripts/check-web
	sh scripts/fuzz 5

test: lists web tools
	$(CARGO) test --workspace
	$(CARGO) test --package outis-personal --features embeddings --lib embedding
	sh scripts/test-kms
	sh scripts/test-peers
	sh scripts/test-relink
	sh scripts/test-web

# Against peers on the same rows, in one run. More or other rows: make bench BENCH_ROWS="1000000 10000000"
# Then recommendations and intents, on public data where they are there: QUALITY_DATA=FOLDER.
BENCH_ROWS ?= 1000000
bench: lists web tools
	sh scripts/bench $(BENCH_ROWS)
	sh scripts/bench-quality

# What takes longer: thousands of crashes, hours of fuzzing.
torture: lists web tools
	KILL_CYCLES=3000 $(CARGO) test --package outis-serve --test it kill -- --nocapture
	CUTS=1000 $(CARGO) test --package outis-serve --bin outis core::tests::crash -- --nocapture
	sh scripts/fuzz 600

# Re-linking forgotten members on a site of 50,000 people; `make test` does it on sites of 200.
relink: lists web tools
	sh scripts/test-relink 50000
