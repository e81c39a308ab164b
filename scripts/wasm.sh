#!/usr/bin/env bash
# Builds the wasm and its JavaScript glue into .cache/wasm.
set -euo pipefail
cd "$(dirname "$0")/.."

# Panic messages name source files: as if they had been built in places that every machine has.
cargo_home="${CARGO_HOME:-$HOME/.cargo}"
remap="'--remap-path-prefix=$cargo_home=/cargo', '--remap-path-prefix=$PWD=/scriptscope'"

wasm-pack --log-level error build --release --target web --mode no-install --no-pack \
  --out-dir .cache/wasm --out-name scriptscope \
  -- --locked --config "target.wasm32-unknown-unknown.rustflags=[$remap]"
