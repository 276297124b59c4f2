"""A counter in an emulated machine, from outside: its bank, its screen, its keys and its book. See tests/machine.sh."""

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

from guest import Guest
from machine import Failed, Process, free_port, program, until
from shop import ROOT, get, pay
from stick import Stick

TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")


class Counter:
    """What all stories share; each has its `steps`."""

    # Whether the picture is on the emulated screen; else in a file of the headless panel's.
    has_screen = False

    def __init__(self, board, keypad, settings=()):
        self.board, self.keypad = board, keypad
        self.binary = pathlib.Path(os.environ.get("QRTILL_BIN", TARGET / "release/qrtill")).resolve()
        self.package = pathlib.Path(os.environ["QRTILL_DEB"]).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qrtill-machine-"))
        self.seen = TARGET / "machine/seen"
        shutil.rmtree(self.seen, ignore_errors=True)
        self.seen.mkdir(parents=True)
        self.zbarimg = program("zbarimg", "zbar-tools")
        self.guest = None
        self.forward = free_port()
        self.sandbox = Process("sandbox", self.seen, [self.binary, "sandbox", "--listen", "127.0.0.1:0",
            "--data", self.folder / "sandbox", *(part for setting in settings for part in ("--set", setting))])

    def play(self):
        begin = time.monotonic()
        for step in self.steps():
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
        self.bank = next(face for face in get(f"{self.origin}/bank") if face["system"] == "stripe")
        self.stick = Stick(self.folder, self.binary, self.package)

    def boot(self):
        image = self.stick.make()
        self.guest = Guest(self.board, self.keypad, TARGET / "machine", image, self.seen, self.folder, self.forward)
        self.guest.boot()
        self.guest.run(f"mount -o ro {self.guest.board.stick} /mnt")

    def lead(self, port, to):
        """A port of the guest's loopback that leads to one of this machine's."""
        unit = f"/run/systemd/system/lead-{port}"
        self.guest.run(
            f"printf '[Socket]\\nListenStream=127.0.0.1:{port}\\n' >{unit}.socket; "
            f"printf '[Service]\\nExecStart=/lib/systemd/systemd-socket-proxyd 10.0.2.2:{to}\\n' >{unit}.service; "
            f"systemctl daemon-reload; systemctl start lead-{port}.socket")

    def show(self, unit, name):
        return self.guest.run(f"systemctl show --value -p {name} qrtill-{unit}.service")

    def install(self):
        said = self.guest.run("apt-get -q install -y /mnt/qrtill.deb", 600)
        assert "belong in /etc/qrtill" in said, said
        for unit in ("terminal", "relay"):
            assert self.guest.ask(f"systemctl is-enabled qrtill-{unit}")[0] == 0, f"{unit} is not enabled"
            state = [self.show(unit, name) for name in ("ActiveState", "ConditionResult")]
            assert state == ["inactive", "no"], f"{unit} without a configuration: {state}"

    def armed(self):
        until("the terminal is armed", lambda: self.show("terminal", "StatusText").startswith("Armed"), 120, 0.5)

    def press(self, keys):
        self.guest.press(keys)

    def picture(self, name):
        """The screen as it is seen from outside; without one, the picture that would be on it."""
        if self.has_screen:
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
        if not self.has_screen:
            return True
        red, green, blue = ground(self.seen / "paid.ppm")
        return green > red + 40 and green > blue + 40

    def sales(self):
        return json.loads(self.guest.run("qrtill sales --all --json"))

    def pay(self, url):
        answer = pay(url)
        assert answer == 303, answer

    def sell(self):
        """Keyed on the keypad, paid by whoever read the pixels."""
        before = len(self.sales())
        assert self.code("idle") is None
        self.press("1250\r")
        url = until("a code is on the screen", lambda: self.code("code"), 60, 0.3)
        assert url.startswith(f"{self.links}/"), url
        self.pay(url)
        until("PAID is on the screen", self.is_paid, 60, 0.3)
        sold = self.sales()[before:]
        assert [(sale["amount"], sale["result"]) for sale in sold] == [(1250, "paid")], sold
        self.press("\x1b")

    def end(self, failed):
        if failed and self.guest and self.guest.child.poll() is None:
            for unit in ("terminal", "relay"):
                try:
                    # Whatever still has the console.
                    self.guest.console.send("\x03\n")
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

    @classmethod
    def tell(cls, *words):
        """The whole story, and the end of everything that it started."""
        counter, failed = cls(*words), True
        try:
            counter.play()
            failed = False
        finally:
            counter.end(failed)


def ground(picture):
    """The colour that most of the screen has, as red, green and blue."""
    kind, size, depth, pixels = picture.read_bytes().split(b"\n", 3)
    assert (kind, depth) == (b"P6", b"255"), (kind, size, depth)
    (colour, _), = collections.Counter(pixels[at : at + 3] for at in range(0, len(pixels), 3)).most_common(1)
    return tuple(colour)
