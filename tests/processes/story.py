"""Terminal, relay and Mosquitto as processes of their own, with a bank that is not theirs: a sale, sales in which one
of the three is killed, and how each program ends when it is told to."""

import os
import random
import shutil
import signal
import sys
import time

from agreement import differences
from machine import PATIENCE_S, Failed, Process, free_port, until
from rounds import plan
from shop import Shop, pay, with_keys

ROUNDS = 12
# Nothing more may happen for this long once everybody agrees.
QUIET_S = 5
# Two heartbeats of the first, ten seconds apart, and some for the slowest machine.
SECOND_S = 40


def say(what):
    print(what, flush=True)


def row(shop, amount):
    return next((row for row in shop.sales() if row["amount"] == amount), None)


def keyed_in(shop, amount):
    """The URL on the panel."""
    shop.ready()

    def keyed():
        # A counter that is not ready yet keeps the amount on its screen and opens nothing.
        shop.terminal.type(f"c{amount}\r")
        try:
            return until("the sale", lambda: row(shop, amount), patience=2)
        except Failed:
            return None

    until("the sale is in the book", keyed)
    url = until("a code on the panel", shop.code)
    if not url.startswith(f"{shop.bank}/bank/pay/"):
        raise Failed(f"the code on the panel is {url}")
    return url


def paid(shop, amount, url):
    with_code = shop.panel.read_bytes()
    answer = pay(url)
    if answer != 303:
        raise Failed(f"the bank answered the payment with {answer}")
    until("the sale is paid", lambda: row(shop, amount)["result"] == "paid")
    until("the picture changes", lambda: shop.panel.read_bytes() != with_code and not shop.code())
    booked = row(shop, amount)
    if (booked["received"], booked["verdict"]) != (amount, "matched"):
        raise Failed(f"the book is wrong: {booked}")
    until("everybody agrees", lambda: not differences(shop))
    if pay(url) != 410:
        raise Failed("the link of a paid sale can still be paid")


def one_sale(shop, amount):
    """What a shop does all day, with nobody killed."""
    paid(shop, amount, keyed_in(shop, amount))


def killed_again_and_again(shop, seed, count):
    ended = []
    for story in plan(seed, count):
        begun = time.monotonic()
        try:
            story.play(shop)
        except BaseException:
            say(story.story())
            raise
        say(f"{story}: {story.ended_as}, {time.monotonic() - begun:.1f} s")
        ended.append((story.wish, story.ended_as))
    time.sleep(QUIET_S)
    found = differences(shop)
    if found:
        raise Failed("after the last round: " + "; ".join(found))
    as_wished = sum(wish == result for wish, result in ended)
    say(f"{len(ended)} rounds, {as_wished} of them as wished, nothing lost and nothing doubled")


def second_relay(shop):
    """Another with the same id gives way to the first, and one whose port is taken does not even begin."""
    text = with_keys(shop.relay_text, {"data": f'"{shop.folder}/second"'})
    (shop.config / "second.toml").write_text(text)
    second = Process("second", shop.logs, [shop.binary, "relay", "--config", shop.config / "second.toml"])
    begun = len(second.text())
    code = second.start().ended(PATIENCE_S)
    if code != 69 or "is in use by another program" not in second.text()[begun:]:
        raise Failed(f"a relay whose port is taken ended with {code}")
    # A terminal asks whoever it hears, and the answers would decide which of the two is heard first.
    ends_well(shop.terminal)
    (shop.config / "second.toml").write_text(with_keys(text, {"listen": f'"127.0.0.1:{free_port()}"'}))
    begun = len(second.text())
    code = second.start().ended(SECOND_S)
    if code != 69 or "another relay serves this id" not in second.text()[begun:]:
        raise Failed(f"a second relay with the same id ended with {code}")
    if not shop.relay.lives():
        raise Failed("the first relay gave way to the second")
    shop.terminal.start()


def told_to_stop(shop, amount):
    """With standard input still open, since a keypad never ends; the terminal also with a code on its panel, which
    nobody may find there afterwards and which is there again after a start."""
    url = keyed_in(shop, amount)
    ends_well(shop.terminal)
    if shop.code():
        raise Failed("the terminal has ended and its panel shows a code")
    shop.terminal.start()
    if until("the code is back", shop.code) != url:
        raise Failed("the code that came back is another one")
    paid(shop, amount, url)
    for process in (shop.terminal, shop.relay, shop.sandbox):
        ends_well(process)


def ends_well(process):
    code = process.stop()
    if code != 0:
        raise Failed(f"{process.name} was told to stop and ended with {code}")


def logs_are_clean(shop):
    """An ERROR line asks for a person. Being killed explains none: whoever was killed says nothing, and to the others
    a neighbour that is away is a warning."""
    bad = [f"{log.name}: {line}" for log in sorted(shop.logs.iterdir())
           for line in log.read_text(errors="replace").splitlines() if " ERROR " in line or "panicked at" in line]
    if bad:
        raise Failed("log lines that ask for a person:\n" + "\n".join(bad))


def main():
    seed = int(os.environ.get("QRTILL_SEED") or random.SystemRandom().randrange(10**6))
    count = int(os.environ.get("QRTILL_ROUNDS") or ROUNDS)
    # Told to stop, it still takes its processes with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    shop = Shop()
    say(f"seed {seed}; play it again with QRTILL_SEED={seed} QRTILL_ROUNDS={count}")
    steps = [
        ("one sale", lambda: one_sale(shop, 1250)),
        ("killed again and again", lambda: killed_again_and_again(shop, seed, count)),
        ("a second relay gives way", lambda: second_relay(shop)),
        ("and the first goes on", lambda: one_sale(shop, 1251)),
        ("told to stop", lambda: told_to_stop(shop, 1252)),
        ("nobody asks for a person", lambda: logs_are_clean(shop)),
    ]
    try:
        shop.open()
        for name, step in steps:
            begun = time.monotonic()
            step()
            say(f"{name}: {time.monotonic() - begun:.1f} s")
    except Exception as error:
        Process.kill_all()
        for log in sorted(shop.logs.iterdir()):
            say(f"== {log.name}\n{log.read_text(errors='replace')}")
        if isinstance(error, Failed):
            raise SystemExit(f"seed {seed}: {error}") from None
        raise
    finally:
        Process.kill_all()
        if os.environ.get("QRTILL_KEEP"):
            say(f"kept: {shop.folder}")
        else:
            shutil.rmtree(shop.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
