"""What is carried to the machine: the package, an older one, and a shop's configuration with its secrets, as a disk."""

import pathlib
import shutil
import subprocess

from machine import program
from shop import ROOT, with_keys

TERMINAL, PIN = "counter-1", "4711"


class Stick:
    def __init__(self, folder, binary, package):
        self.folder, self.binary, self.package = folder, binary, package
        self.tree, self.image = folder / "stick", folder / "stick.ext4"
        self.etc = self.tree / "qrtill"
        self.tree.mkdir()
        shutil.copy(package, self.tree / "qrtill.deb")

    def older(self):
        """The same package by a lower version."""
        tree = self.folder / "older"
        subprocess.run(["dpkg-deb", "-R", self.package, tree], check=True)
        control = tree / "DEBIAN/control"
        lines = control.read_text().splitlines()
        lines = ["Version: 0.0.1" if line.startswith("Version: ") else line for line in lines]
        control.write_text("\n".join(lines) + "\n")
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", tree, self.tree / "older.deb"],
                       check=True, capture_output=True)
        shutil.rmtree(tree)

    def _secret(self, name, text):
        path = self.etc / name
        path.write_text(text)
        path.chmod(0o600)

    def _key(self, name):
        made = subprocess.run([self.binary, "key", "new", self.etc / name], check=True, capture_output=True, text=True)
        return made.stdout.splitlines()[0]

    def configure(self, origin, bank, webhook_secret, devices):
        """As a shopkeeper would, from the shipped files. `devices` says what panel and keypad there are."""
        for part in ("terminal", "relay"):
            (self.etc / part).mkdir(parents=True)
        terminal_key, relay_key = self._key("terminal/terminal.key"), self._key("relay/relay.key")
        passwords = {TERMINAL: "one", "relay-main": "two"}
        self._secret("terminal/terminal.password", passwords[TERMINAL])
        self._secret("terminal/terminal.pin", PIN)
        self._secret("relay/relay.password", passwords["relay-main"])
        self._secret("relay/stripe.key", bank["api_key"])
        self._secret("relay/stripe.webhook", webhook_secret)
        shared = {"link.sandbox_origin": f'"{origin}"'}
        terminal = with_keys((ROOT / "config/terminal.toml").read_text(), shared | devices | {
            "key.file": '"terminal/terminal.key"', "key.pin_file": '"terminal/terminal.pin"',
            "broker.password_file": '"terminal/terminal.password"', "relay.keys": f'["{relay_key}"]',
        })
        (self.etc / "terminal.toml").write_text(terminal)
        relay = with_keys((ROOT / "config/relay.toml").read_text(), shared | {
            "listen": '"0.0.0.0:8461"', "key.file": '"relay/relay.key"',
            "broker.password_file": '"relay/relay.password"', "provider.api_key_file": '"relay/stripe.key"',
            "provider.webhook_secret_file": '"relay/stripe.webhook"',
            "provider.options.base_url": f'"{bank["base_url"]}"', "terminal.keys": f'["{terminal_key}"]',
        })
        (self.etc / "relay.toml").write_text(relay)
        broker = self.tree / "mosquitto"
        broker.mkdir()
        shutil.copy(ROOT / "config/mosquitto/mosquitto.conf", broker)
        shutil.copy(ROOT / "config/mosquitto/acl", broker)
        passwd = program("mosquitto_passwd", "mosquitto")
        (broker / "passwords").touch(0o600)
        for user, password in passwords.items():
            subprocess.run([passwd, "-b", broker / "passwords", user, password], check=True, capture_output=True)

    def make(self):
        line = [program("mkfs.ext4", "e2fsprogs"), "-q", "-F", "-O", "^has_journal", "-E", "root_owner=0:0",
                "-d", self.tree, self.image, "96M"]
        subprocess.run(line, check=True, capture_output=True)
        return self.image
