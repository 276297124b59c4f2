"""From an empty machine to a paid sale, and what systemd and dpkg make of the package. See tests/machine.sh."""

import base64
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "processes"))

from guest import BOARDS, Guest
from machine import Failed, Process, free_port, program, until
from shop import ROOT, get, pay
from stick import Stick

TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
# A watchdog that the story can wait for; the shipped one is longer.
WATCHDOG_S = 8
PANELS = {
    "headless": {"panel.name": '"hdmi-800x480"', "panel.kind": '"headless"', "panel.file": '"/run/qrtill/panel.png"'},
    "framebuffer": {"panel.name": '"auto"', "panel.kind": '"framebuffer"', "panel.device": '"/dev/qrtill/screen"'},
}


class Story:
    def __init__(self, board="virt", panel="headless"):
        self.board, self.panel = board, panel
        self.binary = pathlib.Path(os.environ.get("QRTILL_BIN", TARGET / "release/qrtill")).resolve()
        self.package = pathlib.Path(os.environ["QRTILL_DEB"]).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qrtill-machine-"))
        self.seen = TARGET / "machine/seen"
        shutil.rmtree(self.seen, ignore_errors=True)
        self.seen.mkdir(parents=True)
        self.zbarimg = program("zbarimg", "zbar-tools")
        self.guest = None
        self.sandbox = Process("sandbox", self.seen, [self.binary, "sandbox", "--listen", "127.0.0.1:0",
            "--data", self.folder / "sandbox"])

    def play(self):
        begin = time.monotonic()
        for step in (self.open_bank, self.pack, self.boot, self.install, self.configure, self.start,
                     self.keep_secrets, self.sell, self.hang, self.die, self.misconfigure, self.upgrade,
                     self.remove_and_purge):
            at = time.monotonic()
            print(f"{step.__name__}: ", end="", flush=True)
            step()
            print(f"{time.monotonic() - at:.1f} s", flush=True)
        print(f"the machine: all in {time.monotonic() - begin:.0f} s")

    def open_bank(self):
        """The sandbox's, on this machine."""
        self.sandbox.start(stdout=subprocess.PIPE)
        line = self.sandbox.child.stdout.readline().decode()
        self.origin = next(word for word in line.split() if word.startswith("http://")).rstrip("/")
        self.port = self.origin.rpartition(":")[2]
        self.forward = free_port()
        self.bank = next(face for face in get(f"{self.origin}/bank") if face["system"] == "stripe")
        url = json.dumps({"url": f"http://127.0.0.1:{self.forward}/webhook/stripe"}).encode()
        self.webhook_secret = get(f"{self.origin}/bank/stripe/endpoints", url)["secret"]

    def pack(self):
        stick = Stick(self.folder, self.binary, self.package)
        stick.configure(self.origin, self.bank, self.webhook_secret, PANELS[self.panel] | {
            "keypad.device": json.dumps(BOARDS[self.board].keypad)})
        self.stick = stick.make()

    def boot(self):
        self.guest = Guest(self.board, TARGET / "machine", self.stick, self.seen, self.folder, self.forward)
        self.guest.boot()
        self.guest.run(f"mount -o ro {self.guest.board.stick} /mnt")
        # The bank is here: its links lead to the loopback, and nothing else is allowed without TLS.
        self.guest.run(
            f"printf '[Socket]\\nListenStream=127.0.0.1:{self.port}\\n' >/run/systemd/system/bank.socket; "
            f"printf '[Service]\\nExecStart=/lib/systemd/systemd-socket-proxyd 10.0.2.2:{self.port}\\n' "
            ">/run/systemd/system/bank.service; systemctl daemon-reload; systemctl start bank.socket")

    def show(self, unit, name):
        return self.guest.run(f"systemctl show --value -p {name} qrtill-{unit}.service")

    def install(self):
        said = self.guest.run("apt-get -q install -y /mnt/qrtill.deb", 180)
        assert "belong in /etc/qrtill" in said, said
        for unit in ("terminal", "relay"):
            assert self.guest.ask(f"systemctl is-enabled qrtill-{unit}")[0] == 0, f"{unit} is not enabled"
            state = [self.show(unit, name) for name in ("ActiveState", "ConditionResult")]
            assert state == ["inactive", "no"], f"{unit} without a configuration: {state}"

    def configure(self):
        self.guest.run(
            "cp -r /mnt/qrtill /etc/ && chown -R root: /etc/qrtill && chmod 700 /etc/qrtill/terminal /etc/qrtill/relay "
            "&& install -d -o mosquitto -m 700 /etc/mosquitto/qrtill "
            "&& install -o mosquitto -m 600 /mnt/mosquitto/passwords /mnt/mosquitto/acl /etc/mosquitto/qrtill/ "
            "&& cp /mnt/mosquitto/mosquitto.conf /etc/mosquitto/conf.d/qrtill.conf && systemctl restart mosquitto")
        for unit in ("terminal", "relay"):
            said = self.guest.run(f"qrtill check /etc/qrtill/{unit}.toml")
            assert "works, with" in said or "fine" in said, said

    def armed(self):
        until("the terminal is armed", lambda: self.show("terminal", "StatusText").startswith("Armed"), 120, 0.5)

    def start(self):
        self.guest.run("systemctl start qrtill-relay qrtill-terminal", 120)
        for unit in ("terminal", "relay"):
            assert self.show(unit, "ActiveState") == "active", unit
        self.armed()
        status = self.show("relay", "StatusText")
        assert status == "Serving: hears stripe", status

    def keep_secrets(self):
        """Each program has its own, from systemd; and the devices their names and groups."""
        for unit, user in (("terminal", "qrtill"), ("relay", "qrtill-relay")):
            owner = self.guest.run(f"stat -c %U /proc/{self.show(unit, 'MainPID')}")
            assert owner == user, (unit, owner)
        for user in ("qrtill", "qrtill-relay", "nobody"):
            code, _ = self.guest.ask(f"setpriv --reuid {user} --clear-groups "
                                     "cat /etc/qrtill/relay/stripe.key /etc/qrtill/terminal/terminal.key")
            assert code != 0, f"{user} can read the secrets"
        board = self.guest.board
        device = self.guest.run(f"readlink -f {board.keypad}")
        assert device == board.keypad_device, device
        groups = self.guest.run("stat -c %G /dev/gpiochip0; id -Gn qrtill").split()
        assert groups[0] == "gpio" and {"dialout", "video", "gpio", "spi", "i2c"} <= set(groups[1:]), groups

    def press(self, keys):
        self.guest.keypad.send(keys)

    def picture(self, name):
        """The screen as it is seen from outside; without one, the picture that would be on it."""
        if self.panel == "framebuffer":
            return self.guest.screen(self.seen / f"{name}.ppm")
        path = self.seen / f"{name}.png"
        path.write_bytes(base64.b64decode(self.guest.run("base64 -w0 /run/qrtill/panel.png")))
        return path

    def code(self, name):
        """What a stranger's reader finds on the screen; None if there is no code."""
        picture = self.picture(name)
        line = [self.zbarimg, "--nodbus", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture]
        read = subprocess.run(line, capture_output=True, text=True)
        assert read.returncode in (0, 4), read.stderr
        return read.stdout.strip() or None

    def is_paid(self):
        """No code any more, and on the green ground that no other scene has."""
        if self.code("paid") is not None:
            return False
        if self.panel == "headless":
            return True
        red, green, blue = ground(self.seen / "paid.ppm")
        return green > red + 40 and green > blue + 40

    def sales(self):
        return json.loads(self.guest.run("qrtill sales --all --json"))

    def sell(self):
        """Keyed over the serial line, paid by whoever read the pixels."""
        before = len(self.sales())
        assert self.code("idle") is None
        self.press("1250\r")
        url = until("a code is on the screen", lambda: self.code("code"), 60, 0.3)
        assert url.startswith(f"{self.origin}/"), url
        answer = pay(url)
        assert answer == 303, answer
        until("PAID is on the screen", self.is_paid, 60, 0.3)
        sold = self.sales()[before:]
        assert [(sale["amount"], sale["result"]) for sale in sold] == [(1250, "paid")], sold
        self.press("\x1b")

    def restarts(self):
        return int(self.show("terminal", "NRestarts"))

    def watchdog(self, seconds):
        folder = "/run/systemd/system/qrtill-terminal.service.d"
        self.guest.run(
            f"mkdir -p {folder} && printf '[Service]\\nWatchdogSec={seconds}\\n' >{folder}/test.conf && "
            "systemctl daemon-reload && systemctl restart qrtill-terminal", 120)
        self.armed()

    def hang(self):
        """A program that stands still is ended by the watchdog and comes back."""
        self.watchdog(WATCHDOG_S)
        time.sleep(WATCHDOG_S * 2)
        assert self.restarts() == 0, "the watchdog ended a program that was well"
        self.guest.run("kill -STOP $(systemctl show --value -p MainPID qrtill-terminal)")
        until("the watchdog ends it", lambda: self.restarts() == 1, WATCHDOG_S * 4, 0.5)
        assert "Watchdog timeout" in self.guest.run("journalctl -u qrtill-terminal -n 50 --no-pager")
        self.watchdog(60)

    def die(self):
        """A program that is killed comes back, with its book."""
        before, sales = self.restarts(), self.sales()
        for kill in range(1, 4):
            self.guest.run("kill -KILL $(systemctl show --value -p MainPID qrtill-terminal)")
            until("it comes back", lambda: self.restarts() == before + kill
                  and self.show("terminal", "ActiveState") == "active", 60, 0.3)
        self.armed()
        assert self.sales() == sales

    def misconfigure(self):
        """A wrong configuration is told once and not tried for ever."""
        self.guest.run("cp /etc/qrtill/terminal.toml /run/right.toml; sed -i 's/^currency = .*/currency = \"XYZ\"/' "
                       "/etc/qrtill/terminal.toml")
        code, _ = self.guest.ask("systemctl restart qrtill-terminal", 60)
        assert code != 0
        time.sleep(6)
        state = [self.show("terminal", name) for name in ("ActiveState", "ExecMainStatus")]
        assert state == ["failed", "78"], state
        said = self.guest.run("journalctl -u qrtill-terminal -n 20 --no-pager")
        assert "terminal.toml" in said and "currency" in said, said
        self.guest.run("cp /run/right.toml /etc/qrtill/terminal.toml && systemctl restart qrtill-terminal", 60)
        self.armed()

    def upgrade(self):
        """The same package over itself: both programs are started anew; an older one is refused, and all goes on."""
        pid = lambda: self.show("terminal", "MainPID")
        before = pid()
        self.guest.run("dpkg -i /mnt/qrtill.deb", 180)
        until("started anew", lambda: pid() not in ("0", before), 60, 0.5)
        self.armed()
        code, said = self.guest.ask("dpkg -i /mnt/older.deb", 180)
        assert code != 0 and "stay with" in said, said
        self.armed()
        assert self.sales()[0]["result"] == "paid"

    def remove_and_purge(self):
        """The book outlives the package, once."""
        said = self.guest.run("apt-get -q remove -y qrtill", 180)
        assert "the book of the terminal is kept in /var/backups/qrtill/" in said, said
        assert self.guest.ask("grep -lx qrtill /proc/[0-9]*/comm")[0] != 0, "it still runs"
        self.guest.run("test -e /etc/qrtill/terminal.toml && test -e /var/lib/qrtill/terminal/terminal.sqlite")
        said = self.guest.run("apt-get -q purge -y qrtill", 180)
        assert "is kept in" in said, said
        assert self.guest.ask("ls /etc/qrtill || ls /var/lib/qrtill")[0] != 0
        kept = self.guest.run("ls /var/backups/qrtill").split()
        assert len(kept) == 2, kept
        # And it is the book: the package again, over what was kept.
        self.guest.run("dpkg -i /mnt/qrtill.deb", 180)
        book = next(name for name in kept if name.startswith("terminal-"))
        self.guest.run(f"cp -r /var/backups/qrtill/{book} /run/book")
        copied = json.loads(self.guest.run("qrtill sales --data /run/book --all --json"))
        assert [sale["result"] for sale in copied] == ["paid"], copied

    def end(self, failed):
        if failed and self.guest and self.guest.child.poll() is None:
            for unit in ("terminal", "relay"):
                try:
                    _, text = self.guest.ask(f"systemctl status --no-pager qrtill-{unit}; "
                                             f"journalctl -u qrtill-{unit} --no-pager")
                    (self.seen / f"{unit}.journal").write_text(text)
                except (Failed, OSError):
                    pass
            print(f"logs and pictures are in {self.seen}", file=sys.stderr)
        if self.guest:
            self.guest.end()
        Process.kill_all()
        shutil.rmtree(self.folder, ignore_errors=True)


def ground(picture):
    """The colour that most of the screen has, as red, green and blue."""
    kind, size, depth, pixels = picture.read_bytes().split(b"\n", 3)
    assert (kind, depth) == (b"P6", b"255"), (kind, size, depth)
    (colour, _), = collections.Counter(pixels[at : at + 3] for at in range(0, len(pixels), 3)).most_common(1)
    return tuple(colour)


if __name__ == "__main__":
    story, failed = Story(*sys.argv[1:]), True
    try:
        story.play()
        failed = False
    finally:
        story.end(failed)
