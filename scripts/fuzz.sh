#!/usr/bin/env bash
# Fuzzes each target (or those named) for FUZZ_SECONDS, 60 unless set, with the nightly compiler if it is installed, else with
# the present one and its unstable options.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.cache/tools/bin:$PATH"

if ! cargo fuzz --version >/dev/null 2>&1; then
  echo "fuzz: installing cargo-fuzz into .cache/tools (a few minutes, once)"
  cargo install --quiet --root "$PWD/.cache/tools" cargo-fuzz
fi
toolchain=()
if rustup run nightly rustc --version >/dev/null 2>&1; then
  toolchain=(+nightly)
else
  export RUSTC_BOOTSTRAP=1
fi
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(cargo "${toolchain[@]}" fuzz list)
for target in "${targets[@]}"; do
  echo "fuzz: $target"
  # libFuzzer writes new inputs to the first folder and starts from all of them.
  folders=("fuzz/corpus/$target")
  mkdir -p "${folders[0]}"
  case $target in
    rules) folders+=(rules) ;;
    session | source) folders+=(tests/fixtures/{classic,csv,evtx,json,xml}) ;;
    *) folders+=("fuzz/seeds/$target") ;;
  esac
  cargo "${toolchain[@]}" fuzz run "$target" "${folders[@]}" -- -max_total_time="${FUZZ_SECONDS:-60}" -max_len=1048576
done
