#!/usr/bin/env bash
# Builds the wasm and its JavaScript glue into .cache/wasm.
set -euo pipefail
cd "$(dirname "$0")/.."

# Panic messages name source files. Their paths are remapped, so that every machine builds the same bytes.
cargo fetch --quiet --locked --target wasm32-unknown-unknown
cargo_home="${CARGO_HOME:-$HOME/.cargo}"
flags="'--remap-path-prefix=$PWD=/scriptscope', '--remap-path-prefix=$cargo_home=/cargo'"
for registry in "$cargo_home"/registry/src/*/; do
  flags+=", '--remap-path-prefix=${registry%/}=/crates'"
done

# Compiled incrementally, each module is a unit of code of its own, across which less is inlined: the compressed wasm is
# 29 kB smaller. A process's first file takes 8 to 18 % less time, later ones 3 to 8 % more in two of three measurements.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=3 CARGO_INCREMENTAL=1
wasm-pack --log-level error build --release --target web --mode no-install --no-pack \
  --out-dir .cache/wasm --out-name scriptscope \
  -- --locked --config "target.wasm32-unknown-unknown.rustflags=[$flags]"
