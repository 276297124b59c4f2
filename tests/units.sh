#!/bin/sh
# Judges the units and the package's scripts as far as that goes without installing them. Needs the Debian package systemd.
set -eu
cd "$(dirname "$0")/.."

# How exposed a unit may be, in tenths of systemd's points from 0 to 10.
exposed() {
    if ! said=$(systemd-analyze security --offline=true --no-pager --threshold="$2" "systemd/$1" 2>&1); then
        echo "$said" >&2
        echo "$1 is more exposed than $2 tenths" >&2
        exit 1
    fi
    echo "$said" | tail -1
}
exposed qrtill-terminal.service 15
exposed qrtill-relay.service 12

# The program is not installed here, which is all that may be found.
for unit in systemd/*.service; do
    found=$(systemd-analyze verify "$unit" 2>&1 | grep "${unit##*/}" | grep -v '/usr/bin/qrtill is not executable' || true)
    if [ -n "$found" ]; then
        echo "$found" >&2
        exit 1
    fi
done
for script in preinst postinst prerm postrm; do sh -n "systemd/debian/$script"; done
