#!/bin/sh
# Terminal, relay and Mosquitto as processes of their own, killed in the middle of sales. Needs the Debian packages
# mosquitto, zbar-tools and python3, and target/release/qrtill or the binary that QRTILL_BIN names.
# QRTILL_SEED plays a story again, QRTILL_ROUNDS plays a longer one, QRTILL_KEEP=1 keeps the folder.
set -eu
exec python3 -B "$(dirname "$0")/processes/story.py" "$@"
