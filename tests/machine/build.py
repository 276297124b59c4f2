"""README's page "Build one", as a shopkeeper follows it: the package, `qrtill setup --one-shop` with what is typed there,
and the first sale that it offers, with everything on one machine. See tests/machine.sh."""

import dataclasses
import json
import sys
import urllib.request

from counter import Counter
from front import API, PAGES, Front
from guest import DEVICES
from machine import Failed, until

PIN = "4711"
# Under emulation setup hashes passwords and starts three services.
SETUP_S = 240


@dataclasses.dataclass
class Build:
    board: str
    keypad: str
    # What is typed for the screen and the keypad.
    screen: str
    pad: str
    # Whether QEMU has such a screen; and keys for such a keypad.
    is_seen: bool = False
    has_keys: bool = True


BUILDS = {
    "1": Build("raspi3b", "serial", "tft", "serial"),
    "2": Build("virt", "usb", "screen", "usb", is_seen=True),
    "3": Build("raspi3b", "header", "e-paper", "matrix", has_keys=False),
}


class Shopkeeper(Counter):
    def __init__(self, number):
        self.build = BUILDS[number]
        super().__init__(self.build.board, self.build.keypad)
        self.has_screen, self.front, self.paid = self.build.is_seen, None, set()

    def steps(self):
        return (self.open_bank, self.pack, self.boot, self.believe, self.install, self.set_up, self.check, self.start_again,
                self.sell_again)

    def pack(self):
        self.links = f"https://{PAGES}"
        self.front = Front(self.folder, self.origin)
        (self.stick.tree / "authority.crt").write_bytes(self.front.authority.read_bytes())

    def believe(self):
        """What a machine on the internet has by itself: Stripe's names, and the authority of their certificate."""
        self.lead(443, self.front.port)
        self.guest.run(f"echo 127.0.0.1 {API} {PAGES} >>/etc/hosts; "
                       "cat /mnt/authority.crt >>/etc/ssl/certs/ca-certificates.crt")

    def typed(self, question, answer):
        said, _ = self.guest.console.expect(question.encode(), SETUP_S)
        self.guest.console.send(answer + "\n")
        return said.decode(errors="replace")

    def set_up(self):
        """All that is asked, on a console that shows what is typed where the program does not forbid it."""
        self.guest.console.send("stty echo; qrtill setup --one-shop; code=$?; stty -echo; printf '\\nEND%s %s\\n' 1 $code\n")
        key = self.bank["api_key"]
        said = ""
        for question, answer in (
            ("name of this counter", ""), ("name of the shop", "Bäckerei Korn"), ("language", "de"), ("currency", "EUR"),
            (r"screen:[^$]*number or name", self.build.screen), (r"keypad:[^$]*number or name", self.build.pad),
            ("PIN for refunds", PIN), ("payment-link system", "stripe"), ("API key of stripe", key),
        ):
            said += self.typed(question, answer)
        said += self.first_sale()
        text, end = self.guest.console.expect(rb"\nEND1 (\d+)\r?\n", SETUP_S)
        said += text.decode(errors="replace")
        (self.seen / "setup.txt").write_text(said.replace("\r", ""))
        assert end[1] == b"0", said
        assert key not in said and PIN not in said, "a secret was shown"
        assert said.count("(terminal): fine") + said.count("(terminal): works") == 1, said
        assert said.count("(relay): fine") + said.count("(relay): works") == 1, said
        assert "the key is accepted" in said, said

    def first_sale(self):
        said = self.typed(r"sell .*to see that all works", "yes" if self.build.has_keys else "no")
        if not self.build.has_keys:
            return said
        text, found = self.guest.console.expect(rb"key (\d+) and Enter, scan", SETUP_S)
        text += self.keyed(found[1].decode())
        more, _ = self.guest.console.expect(rb"the code is on the screen: scan it", 90)
        self.pay(self.link())
        last, _ = self.guest.console.expect(rb"paid, and the screen says so", 90)
        self.press("\x1b")
        return said + (text + more + last).decode(errors="replace")

    def keyed(self, amount):
        """Keyed again where the screen still says that payment is not available: the programs have only just started."""
        for _ in range(12):
            self.press(amount + "\r")
            try:
                return self.guest.console.expect(rb"the amount is keyed", 8)[0]
            except Failed:
                self.press("\x1b")
        raise Failed("the terminal took no amount")

    def link(self):
        """As a phone reads it off the screen; where QEMU has no such screen, as the bank knows it."""
        if self.has_screen:
            return self.outside(until("a code is on the screen", lambda: self.code("code"), 60, 0.3))
        bank = urllib.request.Request(f"{self.bank['base_url']}/v1/payment_links?limit=1",
                                      headers={"Authorization": f"Bearer {self.bank['api_key']}"})
        with urllib.request.urlopen(bank) as answer:
            return json.load(answer)["data"][0]["url"]

    def pay(self, url):
        super().pay(url)
        self.paid.add(url)

    def outside(self, url):
        assert url.startswith(f"{self.links}/"), url
        return self.origin + url.removeprefix(self.links)

    def check(self):
        for unit in ("terminal", "relay"):
            said = self.guest.run(f"qrtill check /etc/qrtill/{unit}.toml")
            assert said.endswith("): fine"), said
        sold = [(sale["amount"], sale["result"]) for sale in self.sales()]
        assert sold == ([(50, "paid")] if self.build.has_keys else []), sold

    def start_again(self):
        """As after a power cut: all three are started with the machine. Where QEMU has no keys for the keypad a second
        one is put into the file."""
        for unit in ("mosquitto", "qrtill-relay", "qrtill-terminal"):
            assert self.guest.ask(f"systemctl is-enabled {unit}")[0] == 0, unit
        if not self.build.has_keys:
            self.guest.run("printf '[[another_keypad]]\\nkind = \"serial\"\\ndevice = \"%s\"\\n' "
                           f"{DEVICES[self.keypad][0]} >>/etc/qrtill/terminal.toml")
        self.guest.run("systemctl restart mosquitto qrtill-relay qrtill-terminal", 180)
        self.armed()
        said = self.guest.run("journalctl -u qrtill-terminal --no-pager")
        assert "the panel is there" in said, said

    def sell_again(self):
        before = len(self.sales())
        self.press("1250\r")
        until("the sale has a link", lambda: len(self.sales()) > before, 60, 0.5)
        self.pay(until("there is a link to pay", lambda: self.new_link(), 60, 0.5))
        until("it is paid", lambda: self.sales()[-1]["result"] == "paid", 90, 0.5)
        assert self.sales()[-1]["amount"] == 1250, self.sales()[-1]

    def new_link(self):
        """One that was not paid yet."""
        link = self.link()
        if link in self.paid:
            return None
        return link

    def end(self, failed):
        super().end(failed)
        if self.front:
            self.front.end()


if __name__ == "__main__":
    Shopkeeper.tell(*sys.argv[1:])
