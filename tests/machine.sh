#!/bin/sh
# A whole machine: a Debian for arm64 in QEMU with a framebuffer and a USB serial keypad. The package is installed in it,
# systemd starts broker, relay and terminal, a sale is keyed over the serial line from outside, the code is read off the
# picture and paid at the sandbox's bank, PAID is seen, and the package is upgraded, removed and purged.
# `tests/machine.sh raspi3b` does it on QEMU's Raspberry Pi 3, with the keypad on the header's serial port. Either takes
# `framebuffer` as a second word: then the code is read off the emulated screen; without, off the headless panel's picture.
#
# Needs root the first time (tests/machine/image), target/release/qrtill or the binary that QRTILL_BIN names, and the
# Debian packages below. QEMU's must all be of one release: where qemu-utils comes from the backports, so must they, which
# `APT_CONFIG=$(tests/arm/apt bookworm-backports) apt-get install -t bookworm-backports …` does. QRTILL_DEB names a
# package for arm64; else one is built. Logs and pictures are kept in target/machine/seen.
set -eu
cd "$(dirname "$0")/.."

missing=""
for package in qemu-system-arm qemu-user-static arch-test mmdebstrap kmod cpio e2fsprogs device-tree-compiler gcc-aarch64-linux-gnu \
    libc6-dev-arm64-cross binutils mosquitto zbar-tools python3; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -z "$missing" ] || { echo "these Debian packages are missing:$missing" >&2; exit 69; }
tests/machine/image
if [ -z "${QRTILL_DEB:-}" ]; then
    PROFILE=arm systemd/debian/build arm64
    QRTILL_DEB=$(ls "${CARGO_TARGET_DIR:-target}"/debian/qrtill_*_arm64.deb)
    export QRTILL_DEB
fi
exec python3 -B tests/machine/story.py "$@"
