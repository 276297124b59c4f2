#!/bin/sh
# A whole machine: a Debian for arm64 in QEMU, in which the package is installed and systemd starts broker, relay and
# terminal. Amounts are keyed from outside, the code is read off the screen and paid at the sandbox's bank, PAID is seen.
#
#   tests/machine.sh [virt|raspi3b] [headless|framebuffer|drm]
#       the whole life of the package: a sale, then hung, killed, badly configured, upgraded, downgraded, removed, purged;
#       with QEMU's own board and a USB serial keypad, or its Raspberry Pi 3 and a keypad at the header's serial port
#       (which has no DRM). The code is read off the emulated screen, or, headless, off the picture in a file.
#   tests/machine.sh build 1|2|3
#       README's page "Build one": `qrtill setup --one-shop` answered on the console, and the first sale that it offers
#   tests/machine.sh matrix
#       a sale keyed on a 4x4 matrix on GPIO lines
#
# Needs root the first time (tests/machine/image), target/release/qrtill or the binary that QRTILL_BIN names, and the
# Debian packages below. QEMU's must all be of one release: where qemu-utils comes from the backports, so must they, which
# `APT_CONFIG=$(tests/arm/apt bookworm-backports) apt-get install -t bookworm-backports …` does. QRTILL_DEB names a
# package for arm64; else one is built. Logs and pictures are kept in target/machine/seen.
set -eu
cd "$(dirname "$0")/.."

missing=""
for package in qemu-system-arm qemu-user-static arch-test mmdebstrap kmod cpio e2fsprogs device-tree-compiler gcc-aarch64-linux-gnu \
    libc6-dev-arm64-cross binutils mosquitto openssl zbar-tools python3; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -z "$missing" ] || { echo "these Debian packages are missing:$missing" >&2; exit 69; }
story=story
case ${1:-} in
build | matrix) story=$1; shift ;;
esac
tests/machine/image
if [ -z "${QRTILL_DEB:-}" ]; then
    PROFILE=arm systemd/debian/build arm64
    QRTILL_DEB=$(ls "${CARGO_TARGET_DIR:-target}"/debian/qrtill_*_arm64.deb)
    export QRTILL_DEB
fi
exec python3 -B "tests/machine/$story.py" "$@"
