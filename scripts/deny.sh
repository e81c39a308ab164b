#!/usr/bin/env bash
# Checks licences, versions and sources of the dependencies (deny.toml), and known faults of them where the database of
# advisories can be had. Does nothing without cargo-deny, which `scripts/setup.sh deny` installs.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo deny --version >/dev/null 2>&1; then
  echo "deny: not checked: cargo-deny is not installed (scripts/setup.sh deny)"
  exit 0
fi
cargo deny --locked --log-level error check licenses bans sources
if cargo deny --locked --log-level error fetch db >/dev/null 2>&1; then
  cargo deny --locked --log-level error check advisories
else
  echo "deny: the database of advisories cannot be had: advisories are not checked"
fi
