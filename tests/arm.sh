#!/usr/bin/env bash
# tests/arm.sh [arm64|armhf]…: cross-builds qrtill for the Pi's two architectures and runs each binary under qemu-user:
# start, first frame, a sale in the sandbox, paid. Says the newest glibc that it wants, which must be Debian 12's at most,
# and its size. The quick profile `arm` is built; PROFILE=release does it with what is shipped.
# Needs the Debian packages gcc-aarch64-linux-gnu, libc6-dev-arm64-cross, gcc-arm-linux-gnueabihf, libc6-dev-armhf-cross,
# qemu-user-static, binutils, zbar-tools and python3.
set -euo pipefail
cd "$(dirname "$0")/.."

newest=2.36
[ $# -gt 0 ] || set -- arm64 armhf
for arch in "$@"; do
    begin=$SECONDS
    binary=$(tests/arm/build "$arch" "${PROFILE:-arm}")
    built=$((SECONDS - begin))
    glibc=$(readelf --wide --dyn-syms "$binary" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -1 | cut -d_ -f2)
    echo "$arch: built in $built s, $(stat -c %s "$binary") bytes, glibc $glibc"
    if [ "$(printf '%s\n' "$glibc" "$newest" | sort -V | tail -1)" != "$newest" ]; then
        echo "$arch: wants glibc $glibc, and Raspberry Pi OS Bookworm has $newest" >&2
        exit 1
    fi
    python3 -B tests/arm/sale.py "$arch" "$binary"
done
