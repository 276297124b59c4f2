"""A shop with one counter, made as its owner would: keys, passwords, and the shipped files with some keys set."""

import json
import os
import pathlib
import re
import sqlite3
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from machine import ENVIRONMENT, PATIENCE_S, Failed, Process, free_port, program, until

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Another one than the sandbox's own terminal.
TERMINAL = "counter-2"
SALE_S = 10
# A delayed payment settles after its sale has ended.
SETTLE_MS = 13_000
BANK = ["webhook_delay_ms=0", "retry_base_ms=200", f"pending_settles_ms={SETTLE_MS}"]


def with_keys(text, wanted):
    """A shipped file with keys set, each in its own place: {"table.key": TOML value}."""
    for path, value in wanted.items():
        table, _, key = path.rpartition(".")
        lines, here, done = [], "", False
        for line in text.splitlines():
            heading = re.fullmatch(r"\[+([a-z.]+)\]+", line)
            here = heading[1] if heading else here
            if here == table and not done and re.match(rf"#? ?{re.escape(key)} = ", line):
                line, done = f"{key} = {value}", True
            lines.append(line)
        assert done, f"{path} is not in the shipped file"
        text = "\n".join(lines) + "\n"
    return text


class Shop:
    """Its folder, its programs, and what can be known of them from outside."""

    def __init__(self):
        self.binary = pathlib.Path(os.environ.get("QRTILL_BIN", ROOT / "target/release/qrtill")).resolve()
        if not self.binary.is_file():
            raise SystemExit(f"`{self.binary}` is missing; build it with `cargo build`, or name it in QRTILL_BIN")
        self.zbarimg = program("zbarimg", "zbar-tools")
        mosquitto, self.passwd = program("mosquitto", "mosquitto"), program("mosquitto_passwd", "mosquitto")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qrtill-processes-"))
        # Mosquitto started by root gives its rights up and must still reach its own folder below.
        self.folder.chmod(0o711)
        self.logs = self._folder("logs")
        self.config = self._folder("config")
        self.panel = self.folder / "panel.png"
        self.port, self.listen = free_port(), f"127.0.0.1:{free_port()}"
        self.mosquitto_folder = self._folder("mosquitto", 0o777)
        self.sandbox = Process("sandbox", self.logs, [self.binary, "sandbox", "--listen", "127.0.0.1:0",
            "--data", self.folder / "sandbox", *(part for setting in BANK for part in ("--set", setting))])
        self.broker = Process("mosquitto", self.logs, [mosquitto])
        self.relay = Process("relay", self.logs, [self.binary, "relay", "--config", self.config / "relay.toml"])
        self.terminal = Process("terminal", self.logs,
            [self.binary, "terminal", "--config", self.config / "terminal.toml", "--keys-from-stdin"])
        self.programs = {"terminal": self.terminal, "relay": self.relay, "mosquitto": self.broker}

    def _folder(self, name, mode=0o755):
        made = self.folder / name
        made.mkdir()
        made.chmod(mode)
        return made

    def open(self):
        """Starts everything, in the order a machine would."""
        self.sandbox.start(stdout=subprocess.PIPE)
        line = self.sandbox.child.stdout.readline().decode()
        if not line.startswith("http://"):
            raise Failed(f"the sandbox was not ready; its line was {line!r}")
        self.bank = line.strip().rstrip("/")
        self._write_secrets()
        self._write_mosquitto()
        self._write_programs()
        self.start_broker()
        self.relay.start()
        self.terminal.start()

    def start_broker(self, remembers=True):
        self.broker.start("-c", str(self.mosquitto_folder / ("shipped.conf" if remembers else "default.conf")))

    def _private(self, name, text):
        file = self.config / name
        file.write_text(text)
        file.chmod(0o600)

    def _write_secrets(self):
        face = next(face for face in get(f"{self.bank}/bank") if face["system"] == "stripe")
        url = f"http://{self.listen}/webhook/stripe"
        endpoint = get(f"{self.bank}/bank/stripe/endpoints", json.dumps({"url": url}).encode())
        self.base_url = face["base_url"]
        self._private("stripe.key", face["api_key"] + "\n")
        self._private("stripe.webhook", endpoint["secret"] + "\n")
        self._private("terminal.password", "first\n")
        self._private("relay.password", "second\n")
        self.keys = {}
        for name in ("terminal", "relay"):
            made = self.qrtill("key", "new", self.config / f"{name}.key")
            self.keys[name] = made.splitlines()[0]

    def _write_mosquitto(self):
        """The shipped files; and the same without the lines that differ from the broker's own defaults, under which
        it writes nothing down for half an hour, so that being killed costs it everything."""
        at, shipped = self.mosquitto_folder, ROOT / "config/mosquitto"
        passwords = at / "passwords"
        passwords.touch()
        for user, password in ((TERMINAL, "first"), ("relay-main", "second")):
            subprocess.run([self.passwd, "-b", passwords, user, password], check=True, capture_output=True)
        (at / "acl").write_text((shipped / "acl").read_text())
        text = (shipped / "mosquitto.conf").read_text()
        text = text.replace("listener 1883 ", f"listener {self.port} ").replace("/etc/mosquitto/qrtill/", f"{at}/")
        assert f"listener {self.port} 127.0.0.1" in text
        for name, drop in (("shipped", ()), ("default", ("autosave_",))):
            kept = self._folder(f"mosquitto/{name}", 0o777)
            lines = [line for line in text.splitlines() if not (drop and line.startswith(drop))]
            own = "\n".join([*lines, f"persistence_location {kept}/"])
            (at / f"{name}.conf").write_text(own + "\n")
        for file in (passwords, at / "acl"):
            file.chmod(0o644)

    def _write_programs(self):
        """Paths are relative to the files, as shipped; secrets keep their shipped names."""
        quoted = json.dumps
        shipped = {name: (ROOT / f"config/{name}.toml").read_text() for name in ("terminal", "relay")}
        self.relay_text = with_keys(shipped["relay"], {
            "data": quoted(str(self.folder / "relay")), "listen": quoted(self.listen),
            "broker.port": self.port, "provider.options.base_url": quoted(self.base_url),
            "link.sandbox_origin": quoted(self.bank),
            "terminal.id": quoted(TERMINAL), "terminal.keys": quoted([self.keys["terminal"]]),
        })
        terminal = with_keys(shipped["terminal"], {
            "id": quoted(TERMINAL), "data": quoted(str(self.folder / "terminal")),
            "panel.kind": quoted("headless"), "panel.file": quoted(str(self.panel)),
            "sale.ttl_s": SALE_S, "sale.close_wait_s": 2,
            "link.sandbox_origin": quoted(self.bank), "broker.port": self.port,
            "relay.keys": quoted([self.keys["relay"]]),
        })
        for name, text in (("relay", self.relay_text), ("terminal", terminal)):
            (self.config / f"{name}.toml").write_text(text)
            said = self.qrtill("check", self.config / f"{name}.toml")
            if "warning" not in said or "sandbox_origin" not in said:
                raise Failed(f"`qrtill check` does not warn of the sandbox's links in {name}.toml:\n{said}")

    def qrtill(self, *line):
        """What a command prints."""
        whole = [self.binary, *line]
        done = subprocess.run(whole, capture_output=True, text=True, timeout=PATIENCE_S, env=ENVIRONMENT)
        if done.returncode != 0:
            raise Failed(f"`qrtill {line[0]}` ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def sales(self):
        """The terminal's book."""
        if not (self.folder / "terminal/terminal.sqlite").exists():
            return []
        return json.loads(self.qrtill("sales", "--config", self.config / "terminal.toml", "--all", "--json"))

    def ledger(self):
        """The bank's own account of everything."""
        return get(f"{self.bank}/bank/ledger")

    def metric(self, name):
        """A number the relay tells; None while it is away."""
        try:
            text = get(f"http://{self.listen}/metrics")
        except OSError:
            return None
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return found and float(found[1])

    def facts(self, kind):
        """(sale, payment) of all the terminal's facts of this kind, read beside the running terminal."""
        with sqlite3.connect(f"file:{self.folder}/terminal/terminal.sqlite?mode=ro", uri=True) as journal:
            found = journal.execute("SELECT subject, also FROM fact WHERE kind = ?", (kind,)).fetchall()
        journal.close()
        return found

    def code(self):
        """What a stranger's reader finds on the panel; None if there is no code."""
        if not self.panel.exists():
            return None
        line = [self.zbarimg, "--nodbus", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", self.panel]
        read = subprocess.run(line, capture_output=True, text=True)
        # 4 is zbarimg's word for a picture without a code.
        assert read.returncode in (0, 4), read.stderr
        return read.stdout.strip() or None

    def ready(self):
        until("the relay serves", lambda: self.metric('qrtill_serving{system="stripe"}') == 1)


def get(url, body=None):
    """An answer as JSON where it is JSON, as text otherwise."""
    headers = {"Content-Type": "application/json"} if body else {}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=PATIENCE_S) as answer:
        text = answer.read().decode()
        return json.loads(text) if "json" in answer.headers.get("Content-Type", "") else text


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


PHONE = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)


def pay(url, outcome="paid"):
    """What the checkout page answers a customer who sends its form: 303 once the bank has it, 410 if it is closed."""
    form = urllib.parse.urlencode({"outcome": outcome}).encode()
    try:
        with PHONE.open(url, form, timeout=PATIENCE_S) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
