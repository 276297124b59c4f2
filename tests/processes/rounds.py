"""One sale, and one program killed at a moment drawn by seed. What happened is written down for whoever must look."""

import random
import threading
import time

from agreement import differences, never
from machine import Failed, until
from shop import SALE_S, pay

WISHES = ["paid", "cancelled", "expired", "late"]
VICTIMS = ["terminal", "relay", "mosquitto"]
# A sale that nobody touches is killed best while it is being closed; the others right after they were.
MOMENTS = {
    "paid": ["opening", "shown", "acting", "after"],
    "cancelled": ["opening", "shown", "acting", "after"],
    "expired": ["opening", "shown", "closing", "closing"],
    "late": ["shown"],
}


def plan(seed, count):
    """Rounds of all kinds, every kind as often as every other, in an order drawn by seed."""
    chance = random.Random(seed)
    kinds = []
    while len(kinds) < count:
        batch = [(wish, victim) for wish in WISHES for victim in VICTIMS]
        chance.shuffle(batch)
        kinds += batch
    # Amounts name their sales: no two are alike.
    amounts = chance.sample(range(2_000, 49_999), count)
    return [Round(index, *kind, amount, chance) for index, (kind, amount) in enumerate(zip(kinds, amounts), 1)]


class Round:
    def __init__(self, number, wish, victim, amount, chance):
        self.number, self.wish, self.victim, self.amount = number, wish, victim, amount
        self.moment = chance.choice(MOMENTS[wish])
        self.offset_s = chance.choice([0, 0, chance.uniform(0, 0.1), chance.uniform(0, 0.8)])
        self.down_s = chance.uniform(0, 2)
        # A recovery that is cut short, by its own end or a neighbour's.
        self.then = chance.choice(VICTIMS) if chance.random() < 0.3 else None
        self.then_s = chance.uniform(0, 0.5)
        self.broker_remembers = chance.random() < 0.5
        self.told, self.began, self.strike, self.struck = [], None, None, None

    def __str__(self):
        forgets = ", which forgets everything" if self.victim == "mosquitto" and not self.broker_remembers else ""
        then = f", {self.then} {self.then_s * 1000:.0f} ms later" if self.then else ""
        return (f"round {self.number}: {self.amount} to be {self.wish}; kill -9 {self.victim}{forgets}, "
                f"{self.moment} + {self.offset_s * 1000:.0f} ms, away for {self.down_s:.1f} s{then}")

    def note(self, what):
        self.told.append(f"  {time.monotonic() - self.began:6.2f} s  {what}")

    def story(self):
        return "\n".join([str(self), *self.told])

    def play(self, shop):
        self.began = time.monotonic()
        self.shop = shop
        self.enter()
        url = self.wait_for_code()
        self.reach("shown")
        if url and self.wish == "late":
            self.pay_late(url)
        elif url:
            self.reach("acting")
            self.act(url)
        else:
            self.note("there was nothing to scan")
        self.reach("after")
        # A sale that ended too soon for its moment.
        self.reach(self.moment)
        self.strike.join()
        if self.struck:
            raise self.struck
        self.settle()

    # The kill, beside the story.

    def reach(self, moment):
        if moment == self.moment and self.strike is None:
            self.strike = threading.Thread(target=self._strike)
            # With no offset it is over before the story goes on.
            self.strike.start()
            if self.offset_s == 0:
                time.sleep(0.005)

    def _strike(self):
        try:
            time.sleep(self.offset_s)
            self.kill(self.victim)
            if self.wish != "late" or self.victim == "terminal":
                self.recover()
        except Exception as error:
            self.struck = error

    def recover(self):
        time.sleep(self.down_s)
        self.start(self.victim)
        if self.then:
            time.sleep(self.then_s)
            self.kill(self.then)
            self.start(self.then)

    def kill(self, name):
        self.shop.programs[name].kill()
        self.note(f"{name} killed")

    def start(self, name):
        if name == "mosquitto":
            self.shop.start_broker(self.broker_remembers)
        else:
            self.shop.programs[name].start()
        self.note(f"{name} started")

    # The cashier and the customer.

    def row(self):
        """The book's word on this sale."""
        rows = [row for row in self.shop.sales() if row["kind"] == "sale" and row["amount"] == self.amount]
        if len(rows) > 1:
            raise Failed(f"{self.amount} was keyed in once and is in the book {len(rows)} times")
        return rows[0] if rows else None

    def result(self):
        row = self.row()
        return row and row["result"]

    def enter(self):
        """Keys the amount in, and again as a cashier does whose counter was not ready. Once it is in the book it is
        not keyed in again."""
        typed = [0.0]

        def in_book():
            found = self.row()
            if not found and time.monotonic() > typed[0] + 3:
                if self.shop.terminal.type(f"c{self.amount}\r"):
                    self.note("keyed in")
                    typed[0] = time.monotonic()
                    self.reach("opening")
            return found

        row = until("the sale is in the book", in_book)
        self.note(f"in the book as {row['reference']}")

    def wait_for_code(self):
        """The URL on the panel, unless the sale ends without one."""

        def code_or_end():
            found = self.shop.code() if self.shop.terminal.lives() else None
            return found or self.result() not in ("open", None) and "ended"

        found = until("a code, or the sale's end", code_or_end)
        if found == "ended":
            return None
        self.note(f"the panel shows {found}")
        return found

    def act(self, url):
        if self.wish == "paid":
            self.note(f"paid: the bank answers {pay(url)}")
        elif self.wish == "cancelled":
            self.cancel()
        else:
            until("the code leaves the panel", lambda: not self.shop.code(), patience=SALE_S + 30, pause=0.01)
            self.reach("closing")
            until("the sale ends by itself", lambda: self.result() != "open")

    def cancel(self):
        pressed = [0.0]

        def ended():
            if self.result() != "open":
                return True
            if time.monotonic() > pressed[0] + 1 and self.shop.terminal.type("\x1b"):
                pressed[0] = time.monotonic()
                self.note("cancel pressed")
            return False

        until("the cancelled sale ends", ended)

    def pay_late(self, url):
        """Money for a sale that the counter has given up. Where the terminal itself is killed, the bank takes longer
        for the money than the sale is open."""
        if self.victim == "terminal":
            self.note(f"paid by bank transfer: the bank answers {pay(url, 'pending')}")
            return
        self.strike.join()
        self.cancel()
        self.note(f"the counter says {self.result()}")
        self.note(f"paid: the bank answers {pay(url)}")
        self.recover()

    # The end.

    def settle(self):
        """Waits until everybody agrees, and no longer than that."""
        last = []

        def agreed():
            last[:] = differences(self.shop)
            if last and never(self.shop):
                raise Failed("; ".join(never(self.shop)))
            return not last

        try:
            until("everybody agrees", agreed, pause=0.2)
        except Failed as error:
            raise Failed("\n".join([str(error), *last])) from None
        self.ended_as = self.result()
        self.note(f"ended as {self.ended_as}")
