#!/bin/sh
# Terminal, relay and a Mosquitto without access rules, where somebody else says whatever they like: nothing of it is
# believed. Needs what tests/processes.sh needs, and takes twenty seconds.
set -eu
exec python3 -B "$(dirname "$0")/processes/without_rules.py" "$@"
