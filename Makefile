# The commands of a developer. `make help` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Tools that set-up installed come first: wasm-pack finds its helpers there and downloads nothing.
export PATH := $(CURDIR)/.cache/tools/bin:$(CURDIR)/node_modules/.bin:$(PATH):$(HOME)/.cargo/bin

PORT ?= 8104

# A test that takes longer is stopped and named. The slowest takes a minute beside another job.
TEST_TIMEOUT_MS ?= 600000
MUTANTS ?= 10000
NPM := npm --no-update-notifier --loglevel=error

crate := $(shell find src rules -type f 2>/dev/null) build.rs Cargo.toml Cargo.lock rust-toolchain.toml .cargo/config.toml
native := $(crate) $(shell find crates/cli crates/scan -type f 2>/dev/null)
python := $(native) $(shell find crates/python -type f -not -name '*.pyc' -not -path '*/tests/*' 2>/dev/null)
command := $(or $(CARGO_TARGET_DIR),target)/release/scriptscope
package := $(shell find npm -type f 2>/dev/null) $(wildcard README.md LICENSE-*) scripts/package.mjs
page := $(shell find www -type f 2>/dev/null)
js := npm www pkg-tests scripts benches '*.json'
js_tests = $(shell find pkg-tests -name '*.test.mjs' -not -path '*/node_modules/*' | sort)

# The wheel that tests use: with the profile of development, because optimising one takes minutes. `make test-python
# wheels=target/wheels` tests the one of a release.
wheels ?= target/test-wheels
install_wheel = .cache/python/bin/pip install --quiet --no-index --no-deps --force-reinstall $(1)/*.whl

# Tests of the Python package leave nothing in its folder, and Spark's workers run the Python that has the package.
python_run := PYTHONDONTWRITEBYTECODE=1 PYSPARK_PYTHON=$(CURDIR)/.cache/python/bin/python .cache/python/bin/python

.PHONY: help run test test-python build wheel spark dist bench fuzz mutants rates lexer ready lint format clean serve setup

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12 | sed 's/^/make /'

run: build ## set up, build, show the command line on a sample, then serve the page on localhost
	$(command) samples/intrusion.xml || [ $$? = 1 ]
	@$(MAKE) --no-print-directory serve

serve: dist/index.html
	node scripts/serve.mjs dist $(PORT)

build: $(command) pkg/package.json dist/index.html ## leave the command line in target/release/, the package in pkg/ and the page in dist/

wheel: target/wheels/.built ## build the Python package into target/wheels/

spark: target/wheels/.built ## read a generated lake of logs with Spark on this machine, and show what was found
	cargo build --quiet --locked --example generate
	$(call install_wheel,target/wheels)
	$(python_run) scripts/spark.py $(or $(CARGO_TARGET_DIR),target)/debug/examples/generate

dist: dist/index.html ## build what a release has into dist/release/: binaries for Linux, Windows and macOS, the page, checksums
	scripts/setup.sh dist
	scripts/dist.sh

test: setup .cache/browser build pkg-tests/node_modules/.package-lock.json .cache/python/.installed ## set up and run all tests: Rust, Python, package consumers, the page in Chromium
	cargo test --locked --workspace
	$(MAKE) --no-print-directory test-python
	node --test --test-concurrency=2 --test-timeout=$(TEST_TIMEOUT_MS) $(js_tests)

test-python: $(wheels)/.built ## test the wheel of $(wheels): as a stranger uses it, with data frames, on Spark
	$(call install_wheel,$(wheels))
	SCRIPTSCOPE_WHEEL=$$(ls $(wheels)/*.whl) $(python_run) -m pytest -q -p no:cacheprovider -W ignore::FutureWarning crates/python/tests

bench: setup .cache/browser build ## measure, and check what was found while measuring
	node benches/run.mjs
	node benches/page-speed.mjs

fuzz: ## fuzz each target for FUZZ_SECONDS (600) with cargo-fuzz
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} scripts/fuzz.sh

mutants: .cache/mutants ## compare what is read of MUTANTS (10,000) damaged files of each format with independent readers
	cargo build --locked --package scriptscope-cli --package scriptscope --example generate --bin scriptscope
	.cache/mutants/bin/python scripts/mutants.py --count $(MUTANTS)

rates: $(command) ## measure the built-in detections on a folder of harmless scripts: make rates benign=FOLDER
	python3 scripts/rates.py $(command) $(benign)

lexer: .cache/lexer ## compare our tokens of up to 2,000 scripts with tree-sitter-powershell's: make lexer scripts=FOLDER
	cargo build --quiet --locked --example tokens
	.cache/lexer/bin/python scripts/lexer.py $(or $(CARGO_TARGET_DIR),target)/debug/examples/tokens $(scripts)

lint: setup ## formatting, lints and types, without changing anything
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	scripts/deny.sh
	node scripts/public-items.mjs
	prettier --check --log-level warn --no-error-on-unmatched-pattern $(js)
	tsc -p tsconfig.json

format: node_modules/.package-lock.json ## format everything
	cargo fmt --all
	prettier --write --log-level warn --no-error-on-unmatched-pattern $(js)

ready: ## what continuous integration runs, then each fuzz target for 30 seconds
	scripts/setup.sh deny
	bash .ci/run
	FUZZ_SECONDS=$${FUZZ_SECONDS:-30} scripts/fuzz.sh

clean: ## remove what was built (not the tools that set-up installed)
	cargo clean
	rm -rf pkg dist target/wheels target/test-wheels .cache/wasm .cache/lake pkg-tests/.work pkg-tests/node_modules

setup: .cache/rust node_modules/.package-lock.json

# Each of these is made once, and again when its prerequisites have changed.

.cache/rust: Cargo.lock rust-toolchain.toml scripts/setup.sh
	@mkdir -p $(@D)
	scripts/setup.sh rust
	@touch $@

.cache/browser: scripts/setup.sh scripts/chromium.sh
	@mkdir -p $(@D)
	scripts/setup.sh browser
	@touch $@

.cache/mutants: scripts/mutants.py
	python3 -m venv $@
	$@/bin/pip install --quiet evtx
	@touch $@

.cache/lexer: scripts/lexer.py
	python3 -m venv $@
	$@/bin/pip install --quiet tree-sitter==0.26.1 tree-sitter-powershell==0.26.4
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json .npmrc
	@echo "setup: installing the npm packages of package-lock.json"
	$(NPM) ci
	@touch $@

$(command): $(native) .cache/rust
	cargo build --release --locked --package scriptscope-cli
	@touch $@

.cache/wasm/scriptscope_bg.wasm: $(crate) scripts/wasm.sh .cache/rust node_modules/.package-lock.json
	scripts/wasm.sh
	@touch $@

.cache/python/.installed: scripts/setup.sh crates/python/requirements.txt
	scripts/setup.sh python
	@touch $@

target/wheels/.built target/test-wheels/.built: $(python) .cache/python/.installed .cache/rust
	rm -rf $(@D)
	node scripts/notices.mjs scriptscope-python >crates/python/THIRD-PARTY-NOTICES.txt
	.cache/python/bin/maturin build --quiet $(if $(filter target/wheels/%,$@),--release) --locked --manifest-path crates/python/Cargo.toml --out $(@D)
	@touch $@

pkg/package.json: .cache/wasm/scriptscope_bg.wasm $(package) node_modules/.package-lock.json
	node scripts/package.mjs

pkg-tests/node_modules/.package-lock.json: pkg/package.json pkg-tests/install.mjs
	node pkg-tests/install.mjs
	@touch $@

dist/index.html: pkg/package.json $(page)
	node www/build.mjs
