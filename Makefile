# What people run. Each command installs what it needs, says so, and is quick and quiet when nothing is missing.
.PHONY: demo test check build clean site program units flows browser contract measure

CARGO := cargo
say = @echo "» $(1)" >&2

demo: site program
	@exec target/debug/countersign demo

## Everything: format and lints, unit, then flows on both databases, pages and browser with Persona's contract judging each call.
test: check units contract
	$(call say,all passed)

## What CI runs before the tests.
check:
	@scripts/need rust
	$(call say,format)
	@$(CARGO) fmt --all --check
	$(call say,lints of the server)
	@$(CARGO) clippy --quiet --locked --features ssr --all-targets -- -D warnings
	$(call say,lints of the browser part)
	@$(CARGO) clippy --quiet --locked --lib --features hydrate --target wasm32-unknown-unknown --profile wasm-dev -- -D warnings

units:
	@scripts/need rust
	$(call say,unit tests and the rules of the house)
	@$(CARGO) test --quiet --locked --features ssr --lib --bins --test architecture

flows:
	@scripts/need rust postgres
	@$(CARGO) test --quiet --locked --features ssr --test flows -- --skip ::sqlite --skip ::postgres
	$(call say,flows on SQLite)
	@$(CARGO) test --quiet --locked --features ssr --test flows -- ::sqlite
	$(call say,the same flows on PostgreSQL)
	@scripts/with-postgres $(CARGO) test --quiet --locked --features ssr --test flows -- ::postgres

browser: site program
	@scripts/need node chromium
	$(call say,browser tests)
	@cd end2end && npx --no-install playwright test

## Persona's own document against desk and sandbox: PERSONA_OPENAPI names another copy of it.
contract: export PERSONA_OPENAPI ?= $(CURDIR)/target/contract/openapi.yaml
contract: site program
	@scripts/need rust postgres node chromium contract
	@tests/contract/run

site:
	@scripts/need rust
	$(call say,browser part)
	@$(CARGO) xtask site

program:
	@scripts/need rust
	$(call say,program)
	@$(CARGO) build --quiet --locked --features ssr --bin countersign

## target/release/countersign with its site beside it; runs from any folder.
build:
	@scripts/need rust node
	$(call say,browser part, optimised)
	@$(CARGO) xtask site --release
	$(call say,program, optimised)
	@$(CARGO) build --quiet --locked --release --features ssr --bin countersign
	$(call say,target/release/countersign and target/release/site)

## Size of what a browser loads first, and how long a warm start takes.
measure: build
	@benches/measure

clean:
	@$(CARGO) clean
	@rm -rf countersign-data end2end/node_modules end2end/test-results
