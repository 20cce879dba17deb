# `make demo` shows Outis with synthetic visitors, `make test` installs what the tests need and runs them all.

CARGO ?= cargo

.PHONY: demo test check lists

lists:
	sh scripts/fetch-lists

check: lists
	$(CARGO) fmt --all --check
	$(CARGO) run --quiet --package xtask -- tidy
	$(CARGO) clippy --workspace --all-targets -- -D warnings

test: lists
	$(CARGO) test --workspace

demo:
	@echo "make demo: the server and the dashboard are not part of this version yet; see README.md" >&2
	@exit 1
