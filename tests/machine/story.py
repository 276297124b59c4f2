"""From an empty machine to a paid sale, and what systemd and dpkg make of the package. See tests/machine.sh."""

import json
import sys
import time

from counter import Counter
from guest import BOARDS, DEVICES
from machine import until
from shop import get

# A watchdog that the story can wait for; the shipped one is longer.
WATCHDOG_S = 8
PANELS = {
    "headless": {"panel.name": '"hdmi-800x480"', "panel.kind": '"headless"', "panel.file": '"/run/qrtill/panel.png"'},
    "framebuffer": {"panel.name": '"auto"', "panel.kind": '"framebuffer"', "panel.device": '"/dev/qrtill/screen"'},
    "drm": {"panel.name": '"auto"', "panel.kind": '"drm"'},
}


class Story(Counter):
    def __init__(self, board="virt", panel="headless", keypad=None):
        super().__init__(board, keypad or BOARDS[board].keypad)
        self.panel, self.has_screen = panel, panel != "headless"

    def steps(self):
        return (self.open_bank, self.pack, self.boot, self.install, self.configure, self.start, self.keep_secrets,
                self.sell, self.hang, self.die, self.leave_a_code, self.misconfigure, self.upgrade, self.go_back,
                self.remove_and_purge)

    def pack(self):
        self.links = self.origin
        url = json.dumps({"url": f"http://127.0.0.1:{self.forward}/webhook/stripe"}).encode()
        webhook_secret = get(f"{self.origin}/bank/stripe/endpoints", url)["secret"]
        self.stick.older()
        self.stick.configure(self.origin, self.bank, webhook_secret, self.devices())

    def devices(self):
        return PANELS[self.panel] | {
            "keypad.kind": '"serial"', "keypad.device": json.dumps(DEVICES[self.keypad][0])}

    def boot(self):
        super().boot()
        # The bank is here: its links lead to the loopback, and nothing else is allowed without TLS.
        self.lead(self.port, self.port)

    def configure(self):
        self.guest.run(
            "cp -r /mnt/qrtill /etc/ && chown -R root: /etc/qrtill && chmod 700 /etc/qrtill/terminal /etc/qrtill/relay "
            "&& install -d -o mosquitto -m 700 /etc/mosquitto/qrtill "
            "&& install -o mosquitto -m 600 /mnt/mosquitto/passwords /mnt/mosquitto/acl /etc/mosquitto/qrtill/ "
            "&& cp /mnt/mosquitto/mosquitto.conf /etc/mosquitto/conf.d/qrtill.conf && systemctl restart mosquitto")
        for unit in ("terminal", "relay"):
            said = self.guest.run(f"qrtill check /etc/qrtill/{unit}.toml")
            assert "works, with" in said or "fine" in said, said

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
        name, kernels = DEVICES[self.keypad]
        device = self.guest.run(f"readlink -f {name}")
        assert device == kernels, device
        groups = self.guest.run("stat -c %G /dev/gpiochip0; id -Gn qrtill").split()
        buzzer = "/sys/class/pwm/pwmchip0/export"
        owner = self.guest.run(f"[ ! -e {buzzer} ] || stat -c '%G %A' {buzzer}")
        assert owner in ("", "gpio --w--w----"), owner
        assert groups[0] == "gpio" and {"dialout", "video", "gpio", "spi", "i2c"} <= set(groups[1:]), groups

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

    def leave_a_code(self):
        """A program that is killed and does not come back has its code taken off the screen by the unit."""
        self.press("1250\r")
        until("a code is on the screen", lambda: self.code("left"), 60, 0.3)
        folder = "/run/systemd/system/qrtill-terminal.service.d"
        self.guest.run(f"mkdir -p {folder} && printf '[Service]\\nRestart=no\\n' >{folder}/stay.conf && "
                       "systemctl daemon-reload && kill -KILL $(systemctl show --value -p MainPID qrtill-terminal)")
        until("the code is off the screen", lambda: self.code("blank") is None, 60, 0.3)
        until("the unit is at its end", lambda: self.show("terminal", "ActiveState") == "failed", 60, 0.3)
        ended = self.show("terminal", "ExecStopPost")
        assert "code=exited" in ended and "status=0" in ended, ended
        self.guest.run(f"rm {folder}/stay.conf && systemctl daemon-reload && systemctl start qrtill-terminal", 120)
        self.armed()
        over = lambda: self.sales()[-1]["result"] not in (None, "open", "paid")
        until("the sale that was left is over", over, 180, 1)
        self.press("\x1b")

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

    def go_back(self):
        """A book of a later version is refused in one sentence, by the programs too, and keeps its version."""
        own, aside = "/var/lib/qrtill/terminal", "/var/lib/qrtill/aside"
        book = f"{own}/terminal.sqlite"
        self.guest.run(
            "systemctl stop qrtill-terminal && qrtill backup /run/backup.tar && mkdir /run/backup && "
            f"tar -xf /run/backup.tar -C /run/backup && mv {own} {aside} && install -d -o qrtill -g qrtill -m 700 {own} && "
            f"install -o qrtill -g qrtill -m 600 $(find /run/backup -name terminal.sqlite) {book}", 60)
        # SQLite's user_version, in the 4 bytes from 60 on.
        version = lambda: int(self.guest.run(f"od -An -j60 -N4 -tu1 {book}").split()[-1])
        known = version()
        self.guest.run(f"printf '\\0\\0\\0\\{known + 1}' | dd of={book} bs=1 seek=60 conv=notrunc status=none")
        code, said = self.guest.ask("qrtill sales --all")
        assert code == 65 and said.count("\n") == 0 and "written by a newer version" in said, (code, said)
        self.guest.ask("systemctl start qrtill-terminal", 60)
        until("it gives up", lambda: self.show("terminal", "ActiveState") == "failed", 60, 0.5)
        told = self.guest.run("journalctl -u qrtill-terminal -n 10 --no-pager")
        assert "written by a newer version" in told, told
        assert version() == known + 1, version()
        self.guest.run(f"rm -r {own} && mv {aside} {own} && systemctl restart qrtill-terminal", 60)
        self.armed()

    def remove_and_purge(self):
        """The book outlives the package, once."""
        sales = self.sales()
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
        assert copied == sales, copied


if __name__ == "__main__":
    Story.tell(*sys.argv[1:])
