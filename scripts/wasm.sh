#!/usr/bin/env bash
# Builds the wasm and its JavaScript glue into .cache/wasm.
set -euo pipefail
cd "$(dirname "$0")/.."

# Panic messages name source files: as if they had been built in places that every machine has.
cargo fetch --quiet --locked --target wasm32-unknown-unknown
cargo_home="${CARGO_HOME:-$HOME/.cargo}"
flags="'--remap-path-prefix=$PWD=/scriptscope', '--remap-path-prefix=$cargo_home=/cargo'"
for registry in "$cargo_home"/registry/src/*/; do
  flags+=", '--remap-path-prefix=${registry%/}=/crates'"
done

wasm-pack --log-level error build --release --target web --mode no-install --no-pack \
  --out-dir .cache/wasm --out-name scriptscope \
  -- --locked --config "target.wasm32-unknown-unknown.rustflags=[$flags]"
