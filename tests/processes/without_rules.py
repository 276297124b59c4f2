"""Terminal, relay and a Mosquitto whose access rules are switched off, and somebody with an account there who plays
again, changes, mixes and makes up whatever is said. No sale is paid by that, and no setting comes from it; what is real
goes on meanwhile."""

import base64
import json
import shutil
import signal
import subprocess
import sys
import time

from fellow import Fellow
from machine import ENVIRONMENT, Failed, Process, until
from shop import TERMINAL, Shop, with_keys
from story import keyed_in, logs_are_clean, paid, row, say

ROOT = f"qrtill/v1/t/{TERMINAL}"
# What a relay says to a terminal.
LEAVES = [f"sale/{name}" for name in ("link", "notice", "synced", "answer", "refunded", "standing")]
# Nothing of what was forged may have an effect for this long.
QUIET_S = 1


class OpenShop(Shop):
    """Without rules, with an account for an operator and one for somebody else, and a terminal that can be set up."""

    def _write_mosquitto(self):
        super()._write_mosquitto()
        at = self.mosquitto_folder
        for user, password in (("operator", "third"), ("counter-9", "fourth")):
            subprocess.run([self.passwd, "-b", at / "passwords", user, password], check=True, capture_output=True)
        (at / "passwords").chmod(0o644)
        text = (at / "shipped.conf").read_text()
        rules = f"acl_file {at}/acl\n"
        assert rules in text
        (at / "shipped.conf").write_text(text.replace(rules, ""))

    def _write_programs(self):
        super()._write_programs()
        file = self.config / "terminal.toml"
        root = self.people("operator", "third")
        file.write_text(with_keys(file.read_text(), {
            "remote.root_keys": json.dumps([root]),
            # Settings wait until PAID is gone.
            "sale.paid_hold_s": 10,
        }))

    def people(self, user, password):
        """A root, a set of keys with one that may sign everything that moves no money, and a file to use them with, all
        named after an account. Gives back the root's public key."""
        at = lambda name: self.config / f"{user}.{name}"
        self._private(f"{user}.password", password + "\n")
        root, key = (self.qrtill("key", "new", at(name)).splitlines()[0] for name in ("root", "key"))
        self.qrtill("key", "set", "new", at("signed"), "--root-key", at("root"))
        self.qrtill("key", "set", "add", at("signed"), "operations", "anna", key, "--root-key", at("root"))
        at("toml").write_text(
            f'history = "{user}.history"\nconfirm_s = 20\n[broker]\nport = {self.port}\nusername = "{user}"\n'
            f'password_file = "{user}.password"\n[trust]\nroot_keys = ["{root}"]\n[sign]\n'
            f'operations_file = "{user}.key"\n'
        )
        return root

    def tries(self, *line):
        """As `qrtill`, begun; nobody waits for its end."""
        whole = [str(part) for part in (self.binary, *line)]
        return subprocess.Popen(whole, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)

    def reported(self, fellow):
        """What the terminal last said of its settings."""
        said = fellow.of(f"{ROOT}/config/reported")
        return json.loads(said[-1]) if said else None

    def bright(self, fellow):
        return self.reported(fellow)["settings"]["light.bright"]["value"]


def opened(document):
    """The payload of a signed document, as text."""
    inner = json.loads(document)["p"]
    return base64.urlsafe_b64decode(inner + "=" * (-len(inner) % 4)).decode()


def sealed_as(document, payload):
    """Another payload under the signatures of a document."""
    inner = base64.urlsafe_b64encode(payload.encode()).decode().rstrip("=")
    return json.dumps({**json.loads(document), "p": inner}).encode()


def forgeries(real, old, new):
    """What can be made, without a key, of the documents about one sale for another."""
    made = []
    for document in real:
        payload = opened(document)
        changed = payload.replace(old["reference"], new["reference"])
        changed = changed.replace(f':{old["amount"]},', f':{new["amount"]},').replace(f':{old["amount"]}}}', f':{new["amount"]}}}')
        signed = json.loads(document)
        made += [document, sealed_as(document, changed)]
        made += [json.dumps({**signed, "s": []}).encode(), json.dumps({"p": signed["p"]}).encode(), changed.encode()]
        others = [json.loads(other)["s"] for other in real if other != document]
        made += [json.dumps({**json.loads(sealed_as(document, changed)), "s": other}).encode() for other in others[:3]]
    return made


def no_false_paid(shop, fellow):
    """All that was said about a paid sale is said again, and changed, while another waits for its money."""
    url = keyed_in(shop, 1250)
    paid(shop, 1250, url)
    until("all of it was heard", lambda: all(fellow.of(f"{ROOT}/sale/{leaf}") for leaf in ("link", "notice", "synced")))
    fellow.settled()
    real = [document for leaf in LEAVES for document in fellow.of(f"{ROOT}/{leaf}")]
    # The relay's birth beside its heartbeats is not signed, and counts for nothing.
    real += [said for said in fellow.of("qrtill/v1/r/main/state") if "s" in json.loads(said)]
    old = row(shop, 1250)
    url = keyed_in(shop, 1300)
    new = row(shop, 1300)
    made = forgeries(real, old, new)
    for leaf in LEAVES:
        for forged in made:
            fellow.say(f"{ROOT}/{leaf}", forged)
        fellow.say(f"{ROOT}/{leaf}", made[1], retain=True)
    for forged in made:
        fellow.say("qrtill/v1/r/main/state", forged)
    fellow.settled()
    end = time.monotonic() + QUIET_S
    while time.monotonic() < end:
        found = row(shop, 1300)
        if found["result"] == "paid" or found["received"]:
            raise Failed(f"a forged document was believed: {found}")
        time.sleep(0.1)
    announced = [sale for sale, _ in shop.facts("announced")]
    if new["reference"] in announced or announced.count(old["reference"]) != 1:
        raise Failed(f"announced: {announced}")
    # And the real money is still seen.
    paid(shop, 1300, url)
    say(f"{len(made) * (len(LEAVES) + 1)} forged documents, none believed")


def no_foreign_settings(shop, fellow):
    """Somebody with a root, keys and tools of their own, and then with what was really sent before."""
    until("the terminal tells its settings", lambda: shop.reported(fellow))
    before = shop.bright(fellow)
    shop.people("counter-9", "fourth")
    evil = shop.config / "counter-9.toml"
    shop.tries("key", "set", "publish", shop.config / "counter-9.signed", "--config", evil).wait(60)
    until("the forger's keys are there", lambda: fellow.of("qrtill/v1/keys"))
    forger = shop.tries("fleet", "--config", evil, "config", "set", TERMINAL, "light.bright=7")
    until("the forger's settings are there", lambda: fellow.of(f"{ROOT}/config/desired"))
    # It would wait for an answer that does not come.
    forger.kill()
    forger.wait()
    time.sleep(QUIET_S)
    if shop.bright(fellow) != before:
        raise Failed(f"settings of a stranger are in force: {shop.reported(fellow)}")
    good = shop.config / "operator.toml"
    shop.qrtill("key", "set", "publish", shop.config / "operator.signed", "--config", good)
    # What the forger left on the topic is not built on.
    for bright, more in ((60, ["--anew"]), (61, [])):
        shop.qrtill("fleet", "--config", good, "config", "set", TERMINAL, f"light.bright={bright}", *more)
        until("it is in force", lambda: shop.bright(fellow) == bright)
    real = fellow.of(f"{ROOT}/config/desired")
    for document in real[:-1]:
        for payload in (document, sealed_as(document, opened(document).replace(":60", ":8").replace(":7}", ":8}"))):
            for retain in (True, False):
                fellow.say(f"{ROOT}/config/desired", payload, retain=retain)
    fellow.settled()
    time.sleep(QUIET_S)
    if shop.bright(fellow) != 61:
        raise Failed(f"settings of before are in force again: {shop.reported(fellow)}")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    shop = OpenShop()
    try:
        shop.open()
        shop.ready()
        fellow = Fellow(shop.port, "counter-9", "fourth")
        for name, step in (
            ("no false PAID", lambda: no_false_paid(shop, fellow)),
            ("no foreign settings", lambda: no_foreign_settings(shop, fellow)),
            ("nobody asks for a person", lambda: logs_are_clean(shop)),
        ):
            begun = time.monotonic()
            step()
            say(f"{name}: {time.monotonic() - begun:.1f} s")
    except Exception as error:
        Process.kill_all()
        for log in sorted(shop.logs.iterdir()):
            say(f"== {log.name}\n{log.read_text(errors='replace')}")
        if isinstance(error, Failed):
            raise SystemExit(str(error)) from None
        raise
    finally:
        Process.kill_all()
        shutil.rmtree(shop.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
