# The project's commands. Each one installs what it needs and says so. It is quick and quiet if nothing is missing.
.PHONY: help demo texts test check build clean site program units outside faults torture planted flows browser contract measure

CARGO := cargo
# A fresh clone compiles everything once: what would speed up the next time only takes time and space.
ifdef CI
export CARGO_INCREMENTAL := 0
# CI runs the tests anyway: built as they are, the program needs no second build of what it depends on.
AS_TESTED := --test flows
endif
# Of `make build`: with "demo", the program has `countersign demo` and `countersign sandbox` too.
FEATURES ?= ssr
say = @echo "» $(1)" >&2

## Builds the desk with a sandbox of Persona and invented people, and starts it.
demo: site program
	@exec target/debug/countersign demo

## Lists the commands.
help:
	@awk '/^## / { text = text " " substr($$0, 4); next } /^[a-z]+:/ { if (text) { split($$1, name, ":"); if (!(name[1] in told)) { told[name[1]] = 1; printf "make %-9s%s\n", name[1], text } } } { if (!/^[a-z]+: (export|private)/) text = "" }' Makefile | fold -s -w 110 | sed '/^make /!s/^/               /'

## All tests: format and lints, unit tests, then flows on both databases, pages and browser, while Persona's contract
## judges each call.
test: check units outside faults contract
	$(call say,all passed)

## The checks that CI runs before the tests.
check:
	@scripts/need rust
	$(call say,format)
	@$(CARGO) fmt --all --check
	@scripts/deny
	@scripts/commits
	$(call say,rules of the house)
	@$(CARGO) test --quiet --locked --package architecture
	$(call say,lints of the server)
	@$(CARGO) clippy --quiet --locked --features demo --all-targets -- -D warnings
	$(call say,lints of the browser part)
	@$(CARGO) clippy --quiet --locked --package countersign --lib --features hydrate --target wasm32-unknown-unknown --profile wasm-dev -- -D warnings

## Prints each text that a user can meet, with its place.
texts:
	@$(CARGO) run --quiet --locked --package architecture --bin texts

## Unit tests.
units:
	@scripts/need rust
	$(call say,unit tests)
	@$(CARGO) test --quiet --locked --features demo --lib --bins

## Exports of the log, good and broken, judged by the desk's own verifier and by Go's sumdb, pymerkle and the Python
## program in VERIFY.md.
outside: export OUTSIDE ?= python,go,pymerkle
outside:
	@scripts/need rust outside
	$(call say,exports of the log judged by others)
	@$(CARGO) test --quiet --locked --features demo --test outside -- --nocapture

## Faults, with short counts: simulated, and with the real program killed, stopped and raced. docs/reliability.md
## describes them.
faults:
	@scripts/need rust postgres strace
	$(call say,faults: simulated)
	@$(CARGO) test --quiet --locked --features demo --test simulation -- --nocapture
	$(call say,faults: the real program)
	@scripts/with-postgres $(CARGO) test --quiet --locked --features demo --test torture -- --nocapture --test-threads=3

## The same with full counts; takes about an hour.
torture: export SEEDS ?= 100000
torture: export KILLS_SQLITE ?= 1000
torture: export KILLS_POSTGRES ?= 300
torture: export RACES_SQLITE ?= 7000
torture: export RACES_POSTGRES ?= 3000
torture: export WEBHOOKS ?= 100000
torture: export WEBHOOK_SEEDS ?= 20
torture: export OUTAGES ?= 50
torture: export FAULTS ?= 10000
torture: export ABORTS ?= 10000
torture: export DAY_INQUIRIES ?= 10000
torture: export DAY_MINUTES ?= 1440
torture: export PAUSES ?= 10
torture: export PAUSE_SECONDS ?= 70
torture: export IMAGES ?= 5000
torture: export IMAGES_DECISIONS ?= 100
torture: export DISK_RUNS ?= 120
torture: export SLOW_CLIENTS ?= 2000
torture: export SLOW_PAGES ?= 400
torture: export STOPS ?= 200
torture: export EXPORTS ?= 1000
torture: export MUTATIONS ?= 10000
torture: export FLIPS ?= 1000
torture: faults outside

## Plants bugs, one at a time, in a copy of the source. A test has to catch each one.
planted:
	@scripts/need rust node
	@tests/planted/run

## The desk as a whole, on SQLite and on PostgreSQL, without a browser.
flows:
	@scripts/need rust postgres
	@$(CARGO) test --quiet --locked --features demo --test flows -- --skip ::sqlite --skip ::postgres
	$(call say,flows on SQLite)
	@$(CARGO) test --quiet --locked --features demo --test flows -- ::sqlite --test-threads=4
	$(call say,the same flows on PostgreSQL)
	@scripts/with-postgres $(CARGO) test --quiet --locked --features demo --test flows -- ::postgres --test-threads=4

## Browser tests.
browser: site program
	@scripts/need node chromium
	$(call say,browser tests)
	@cd end2end && npx --no-install playwright test

## Persona's own OpenAPI document against desk and sandbox. PERSONA_OPENAPI names another copy of the document.
contract: export PERSONA_OPENAPI ?= $(CURDIR)/target/contract/openapi.yaml
contract: site program
	@scripts/need rust postgres node chromium contract
	@tests/contract/run

## Builds what the browser loads.
site:
	@scripts/need rust
	$(call say,browser part)
	@$(CARGO) xtask site

## Builds the program.
program:
	@scripts/need rust
	$(call say,program)
	@$(CARGO) build --quiet --locked --features demo --bin countersign $(AS_TESTED)

## Builds target/release/countersign with its site next to it; it runs from any folder. `make build FEATURES=demo` adds
## the sandbox.
build:
	@scripts/need rust node
	$(call say,browser part, optimised)
	@$(CARGO) xtask site --release
	$(call say,program, optimised)
	@$(CARGO) build --quiet --locked --release --package countersign --features $(FEATURES) --bin countersign
	$(call say,target/release/countersign and target/release/site)

## Size of what a browser loads first, and the time of a warm start.
measure: export FEATURES = demo
measure: build
	@benches/measure

## Removes what was built, and the data of the demo.
clean:
	@$(CARGO) clean
	@rm -rf countersign-data end2end/node_modules end2end/test-results
