"""What has become of the lines of README's page "Run a fleet": python3 judge.py FOLDER, after tests/fleet_page.sh."""
import json
import sys
from pathlib import Path

folder = Path(sys.argv[1])


def value(terminal, path):
    return json.loads((folder / terminal).read_text())["settings"][path]["value"]


# The page says which lines end with another code than 0, and nothing else may.
ended = [line.split(" ", 1) for line in (folder / "ended").read_text().splitlines()]
codes = {command.split("  ")[0].strip(): int(code) for code, command in ended}
expected = {"qrtill fleet config set counter-1 broker.port=9": 69, "qrtill fleet plan shops": 2}
assert codes == expected, codes

terminals = json.loads((folder / "status").read_text())
assert [one["terminal"] for one in terminals] == ["counter-1", "counter-2"], terminals
assert all(one["online"] and one["armed"] for one in terminals), terminals
for name in ("counter-1", "counter-2"):
    assert value(name, "light.bright") == 80, name
    assert value(name, "sale.ttl_s") == 90, name
    assert value(name, "shop") == "New Bakery", name
    assert value(name, "broker.port") == 8883, name

screen = (folder / "empty/bakery/counter-1.png").read_bytes()
assert screen.startswith(b"\x89PNG"), screen[:8]

assert (folder / "forged").read_text() == "69\n", (folder / "forged").read_text()
assert "none of the authorities" in (folder / "empty/bakery/card-1/log").read_text()
