#!/usr/bin/env bash
# The payment-link systems' own client libraries against the sandbox's bank. Takes them from PyPI, so it is a part of
# `tests/long`. Only Stripe has one.
set -euo pipefail
cd "$(dirname "$0")/.."

libraries=$(mktemp -d)
trap 'rm -rf "$libraries"' EXIT
python3 -m venv "$libraries"
"$libraries/bin/pip" install --quiet 'stripe==16.1.0'
"$libraries/bin/python" tests/official/stripe_library.py "${QRTILL_BIN:-target/debug/qrtill}"
