#!/bin/sh
# The counter in a real browser. Needs the Debian packages chromium, chromium-driver, zbar-tools and python3,
# and target/release/qrtill or the binary that QRTILL_BIN names.
set -eu
exec python3 -B "$(dirname "$0")/chromium/counter.py" "$@"
