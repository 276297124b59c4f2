#!/usr/bin/env bash
# tests/fleet_page.sh [FILE]: README's page "Run a fleet", typed as it stands into a shell in an empty directory, and what has
# become of it; then one thing more, settings that lead to a broker of somebody else's authority. Takes the ports 8460,
# 8461, 8883, 8884, 8893 and 8894 of this machine, and curl and mosquitto. Root does it as nobody, since a broker that root
# starts gives up root and cannot read the folder. A file that is named gets what was printed.
set -euo pipefail
said=$(realpath "${1:-.}")
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
chmod 755 "$folder"
mkdir "$folder/bin" "$folder/empty"
cp "${QRTILL_BIN:-${CARGO_TARGET_DIR:-target}/debug/qrtill}" "$folder/built"
# Two minutes on the page, and nothing else is another.
cat > "$folder/bin/qrtill" <<'END'
#!/bin/sh
[ "$1" != fleet ] || export QRTILL_CONFIRM_S=10
exec "$HOME/built" "$@"
END
chmod 755 "$folder/bin/qrtill"
# The shell blocks from the page's heading to the sentence that ends what is to be typed.
awk '/^## Run a fleet/ { on = 1 } /^Those are the lines to be typed/ { exit }
    on && /^```/ { typed = !typed && /sh$/; next } typed' README.md > "$folder/typed"
cat > "$folder/page" <<'END'
set -uE
export PATH=$1/bin:$PATH HOME=$1
cd "$1/empty"
trap 'echo "$? $BASH_COMMAND" >> "$HOME/ended"' ERR
source "$HOME/typed"
trap - ERR
qrtill fleet new ../other --broker localhost --shop Forger --currency EUR --host buy.stripe.com \
    --broker-folder "$HOME/empty/other/broker" > ../other.said
sed -i 's/^listener 888/listener 889/' ../other/broker/qrtill.conf
mosquitto -c ../other/broker/qrtill.conf > broker/other.log 2>&1 &
sleep 1
qrtill fleet config set counter-1 broker.port=8893
echo $? > "$HOME/forged"
qrtill fleet status --json > "$HOME/status"
for terminal in counter-1 counter-2; do qrtill fleet show $terminal --json > "$HOME/$terminal"; done
kill $(jobs -pr)
wait
END
# A variable of this name would be taken for a setting.
as=(env -u QRTILL_BIN)
if [ "$(id -u)" -eq 0 ]; then
    as+=(setpriv --reuid nobody --regid nogroup --clear-groups)
    chown -R nobody: "$folder"
fi
begin=$SECONDS
yes yes | "${as[@]}" bash "$folder/page" "$folder" > "$folder/said" 2>&1 || true
if python3 -B tests/fleet_page/judge.py "$folder"; then
    [ $# -eq 0 ] || cp "$folder/said" "$said"
    echo "the page was typed in $((SECONDS - begin)) s"
    rm -rf "$folder"
else
    cat "$folder/said" "$folder"/empty/bakery/*/log
    exit 1
fi
