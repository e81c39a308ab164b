#!/usr/bin/env bash
# Installs the tools that building and testing need and that are missing. Says what it installs.
# Usage: scripts/setup.sh rust|browser|python|dist|deny
#
# rust      the wasm32 target, wasm-pack and the wasm-bindgen command of exactly the version in Cargo.lock.
#           Tools that are installed in the right version are used; missing ones go into .cache/tools.
# browser   Chromium, for the tests of the page and of the package in a browser.
# python    an environment in .cache/python with what crates/python/requirements.txt lists: maturin, pytest, Spark and others.
#           Spark's tests need Java 17 too; without it they are skipped.
# dist      the Rust targets of a release, MinGW to link for Windows and Wine to try it, zig to link for macOS. What cannot
#           be had is named, and scripts/dist.sh leaves its binary out.
# deny      cargo-deny, for `make lint`. Done by `make ready`.
set -euo pipefail
cd "$(dirname "$0")/.."

tools="$PWD/.cache/tools"
wasm_target=wasm32-unknown-unknown
wasm_pack_version=0.15.1
cargo_deny_version=0.20.2
mkdir -p "$tools"
export PATH="$tools/bin:$PATH"

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

locked_version() {
  awk -v name="\"$1\"" '$1 == "name" { found = $3 == name } found && $1 == "version" { gsub(/"/, "", $3); print $3; exit }' Cargo.lock
}

# Prints the version of a command, or nothing if it is missing or does not run.
version_of() { { "$1" --version 2>/dev/null || true; } | awk 'NR == 1 { print $2 }'; }

# Tries the tool's own lock file first. It can name a release that a registry mirror does not have yet; then the newest
# matching releases are used, and the tool's own version stays exact. Built without optimisation, which takes a third of
# the time: the tools run for seconds.
cargo_install() {
  local crate=$1 version=$2
  local -x CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
  say "installing $crate $version into .cache/tools (a few minutes, once)"
  cargo install --quiet --locked --root "$tools" --version "=$version" "$crate" 2>"$tools/$crate.log" && return
  say "not with the lock file of $crate ($(head -n 1 "$tools/$crate.log")); without it"
  cargo install --quiet --root "$tools" --version "=$version" "$crate"
}

setup_wasm_target() {
  # Without rustup the target must be installed by hand.
  if [ -d "$(rustc --print sysroot)/lib/rustlib/$wasm_target/lib" ]; then
    say "Rust target $wasm_target is there"
  elif command -v rustup >/dev/null; then
    say "adding the Rust target $wasm_target"
    rustup target add "$wasm_target"
  else
    fail "the Rust target $wasm_target is missing and there is no rustup to add it"
  fi
}

setup_tool() {
  local command=$1 crate=$2 version=$3
  if [ "$(version_of "$command")" = "$version" ]; then
    say "$command $version is there"
  else
    cargo_install "$crate" "$version"
  fi
}

setup_rust() {
  command -v cargo >/dev/null || fail "Rust is missing: install it from https://rustup.rs, then run this again"
  setup_wasm_target
  # Any installed wasm-pack will do. A missing one is installed in the version that this project was tried with.
  if [ -n "$(version_of wasm-pack)" ]; then
    say "wasm-pack $(version_of wasm-pack) is there"
  else
    cargo_install wasm-pack "$wasm_pack_version"
  fi
  # wasm-pack takes the wasm-bindgen on PATH if its version is the crate's, and would download it otherwise.
  setup_tool wasm-bindgen wasm-bindgen-cli "$(locked_version wasm-bindgen)"
}

setup_browser() {
  local found
  found=$(scripts/chromium.sh || true)
  if [ -n "$found" ]; then
    say "Chromium is there: $found"
    return
  fi
  command -v apt-get >/dev/null ||
    fail "no Chromium found: install one, or name it in the environment variable CHROMIUM"
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  say "installing Debian's Chromium"
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null
}

setup_python() {
  local python=${PYTHON:-python3}
  "$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
    fail "Python 3.10 or later with venv is missing: install it, or name it in the environment variable PYTHON"
  say "installing the packages of crates/python/requirements.txt from PyPI into .cache/python (half a minute, 1.5 GB)"
  "$python" -m venv .cache/python
  .cache/python/bin/pip install --quiet --disable-pip-version-check --requirement crates/python/requirements.txt
  command -v java >/dev/null || say "there is no Java: what runs on Spark is not tested"
}

add_target() {
  local target=$1
  if [ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]; then
    say "Rust target $target is there"
  else
    say "adding the Rust target $target"
    rustup target add "$target" || say "the Rust target $target cannot be had: no binary for it"
  fi
}

install_debian() {
  local command=$1
  shift
  if command -v "$command" >/dev/null; then
    say "$command is there"
    return
  fi
  command -v apt-get >/dev/null || {
    say "$command is missing, and there is no apt-get to install it"
    return
  }
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  say "installing Debian's $*"
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# zig links for macOS without Apple's SDK. From PyPI, into a folder of its own.
setup_zig() {
  if [ -x "$tools/zig/bin/cargo-zigbuild" ]; then
    say "cargo-zigbuild is there"
    return
  fi
  say "installing cargo-zigbuild and zig from PyPI into .cache/tools/zig"
  python3 -m venv "$tools/zig" && "$tools/zig/bin/pip" install --quiet cargo-zigbuild ziglang ||
    say "zig cannot be had: no binary for macOS"
}

setup_dist() {
  for target in x86_64-unknown-linux-musl x86_64-pc-windows-gnu aarch64-apple-darwin x86_64-apple-darwin; do
    add_target "$target"
  done
  install_debian x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64
  install_debian wine wine wine64
  setup_zig
}

setup_deny() {
  if [ -n "$(version_of cargo-deny)" ]; then
    say "cargo-deny is there"
  else
    cargo_install cargo-deny "$cargo_deny_version" || say "cargo-deny cannot be had: dependencies are not checked"
  fi
}

case "${1:-}" in
  rust) setup_rust ;;
  browser) setup_browser ;;
  python) setup_python ;;
  dist) setup_dist ;;
  deny) setup_deny ;;
  *) fail "usage: scripts/setup.sh rust|browser|python|dist|deny" ;;
esac
