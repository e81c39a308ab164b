#!/usr/bin/env bash
# Builds the files of a release into dist/release/: the command line for Linux (static), Windows and macOS, the page, and
# checksums. A binary whose target or linker is missing is skipped with a message. The Windows binary is run under Wine.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(awk -F'"' '/^version = /{ print $2; exit }' Cargo.toml)
out=dist/release
target_dir=${CARGO_TARGET_DIR:-target}
most_bytes=$((6500 * 1000))
zig="$PWD/.cache/tools/zig/bin"
rm -rf "$out"
mkdir -p "$out"

say() { printf 'dist: %s\n' "$*"; }
fail() {
  printf 'dist: %s\n' "$*" >&2
  exit 1
}

# Strips symbols, which only debuggers need. Maps source paths in panic messages to ones that are the same on every machine.
export CARGO_PROFILE_RELEASE_STRIP=symbols
cargo_home="${CARGO_HOME:-$HOME/.cargo}"
# Not in RUSTFLAGS, which would replace the flags of .cargo/config.toml.
flags="'--remap-path-prefix=$PWD=/scriptscope', '--remap-path-prefix=$cargo_home=/cargo'"

# build TARGET NAME [cargo subcommand]
build() {
  local target=$1 name=$2 subcommand=${3:-build} suffix= most=$most_bytes
  case $target in
    *windows*) suffix=.exe ;;
    # The inlining limits of .cargo/config.toml are for x86_64.
    *darwin*) most=$((7000 * 1000)) ;;
  esac
  say "building for $target"
  cargo "$subcommand" --quiet --release --locked --package scriptscope-cli --target "$target" \
    --config "target.$target.rustflags=[$flags]" || return 1
  cp "$target_dir/$target/release/scriptscope$suffix" "$out/$name$suffix"
  local bytes
  bytes=$(stat -c %s "$out/$name$suffix")
  say "$name$suffix has $bytes bytes"
  [ "$bytes" -lt "$most" ] || fail "$name$suffix is larger than $most bytes"
}

has_target() { [ -d "$(rustc --print sysroot)/lib/rustlib/$1/lib" ]; }

# Succeeds if a binary reads the sample and exits with 1, the status for results.
reads_sample() {
  local status=0
  "$@" --format json samples/intrusion.xml >"$out/.try.json" || status=$?
  [ "$status" = 1 ] && grep -q '"format":"scriptscope.report"' "$out/.try.json"
  rm -f "$out/.try.json"
}

if has_target x86_64-unknown-linux-musl; then
  build x86_64-unknown-linux-musl "scriptscope-$version-x86_64-linux"
  reads_sample "$out/scriptscope-$version-x86_64-linux" || fail "the binary for Linux does not read the sample"
  libraries=$(ldd "$out/scriptscope-$version-x86_64-linux" 2>&1 || true)
  [[ $libraries == *"statically linked"* || $libraries == *"not a dynamic executable"* ]] ||
    fail "the binary for Linux is not static: $libraries"
else
  say "left out: Linux (no Rust target x86_64-unknown-linux-musl)"
fi

if has_target x86_64-pc-windows-gnu && command -v x86_64-w64-mingw32-gcc >/dev/null; then
  build x86_64-pc-windows-gnu "scriptscope-$version-x86_64-windows"
  if command -v wine >/dev/null; then
    try_dir=$(mktemp -d)
    # Not in this folder: Wine's link to `/` would lead cargo, which lists the files of a package, through the whole disk.
    export WINEDEBUG=-all WINEPREFIX="${WINEPREFIX:-$try_dir/wine}"
    x86_64-w64-mingw32-gcc -shared -o "$try_dir/bcryptprimitives.dll" scripts/bcryptprimitives.c -ladvapi32
    cp "$out/scriptscope-$version-x86_64-windows.exe" "$try_dir/scriptscope.exe"
    reads_sample wine "$try_dir/scriptscope.exe" ||
      fail "the binary for Windows does not read the sample under Wine"
    # It would write into the folder after that is removed.
    wineserver -k || true
    rm -rf "$try_dir"
    say "the binary for Windows reads the sample under Wine"
  else
    say "not tried: the binary for Windows (no wine)"
  fi
else
  say "left out: Windows (no Rust target x86_64-pc-windows-gnu, or no MinGW)"
fi

for target in aarch64-apple-darwin x86_64-apple-darwin; do
  if has_target "$target" && [ -x "$zig/cargo-zigbuild" ]; then
    PATH="$zig:$PATH" build "$target" "scriptscope-$version-${target%%-*}-macos" zigbuild ||
      say "left out: $target (zig cannot link it)"
  else
    say "left out: $target (no Rust target, or no zig)"
  fi
done

cp dist/index.html "$out/scriptscope-$version.html"
node scripts/notices.mjs scriptscope-cli >"$out/THIRD-PARTY-NOTICES.txt"
(cd "$out" && sha256sum -- * >SHA256SUMS && cat SHA256SUMS)
