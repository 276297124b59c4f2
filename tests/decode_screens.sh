#!/bin/sh
# Reads the code on every accepted picture that shows one, with a decoder that is not ours.
# Call it from anywhere; it installs nothing.
set -eu
cd "$(dirname "$0")/screens"
if ! command -v zbarimg >/dev/null; then
    echo "zbarimg is missing: install the Debian package zbar-tools" >&2
    exit 69
fi
one_off=https://buy.stripe.com/14A5kE3hX8Zb2Wc7sMfQk0f
standing=https://buy.stripe.com/5kQ9AT0vJ4JV1S8fZidMI01
count=0
for picture in *-scan-*.png *-idle-standing-*.png *-test-card.png; do
    case $picture in
        *-test-card.png) expected="qrtill test card" ;;
        oled-128x64-*) continue ;;
        *-scan-reference-*) expected="$standing?client_reference_id=*&__prefilled_amount=1250" ;;
        *-idle-standing-*) expected=$standing ;;
        *) expected=$one_off ;;
    esac
    read=$(zbarimg --nodbus --quiet --raw -Sdisable -Sqrcode.enable "$picture") || read=nothing
    # shellcheck disable=SC2254 # the expected link is a pattern
    case $read in
        $expected) count=$((count + 1)) ;;
        *) echo "$picture reads as $read, not as $expected" >&2; exit 1 ;;
    esac
done
if [ "$count" -eq 0 ]; then
    echo "there is no picture with a code in tests/screens" >&2
    exit 1
fi
echo "$count codes read as their links"
