#!/usr/bin/env bash
# Prints the path of a Chromium: $CHROMIUM, or the first usual name on PATH. Exits with 1 if there is none.
set -euo pipefail
for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome-stable google-chrome; do
  [ -n "$name" ] && command -v "$name" && exit 0
done
exit 1
