"""A customer and a cashier at the sandbox's counter, in a real browser.

Nothing here knows the inside: keys are clicked, the code is read off the page's pixels by zbarimg, and only
what was read is opened to pay.
"""

import os
import unittest

from webdriver import Browser, program, until
from world import Counter, Sandbox, by, status

BACKSPACE, ENTER, ESCAPE, DELETE = "\ue003", "\ue007", "\ue00c", "\ue017"


class AtTheCounter(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        program("zbarimg", "zbar-tools")
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.browser = cls.enterClassContext(Browser(1280, 940))

    def setUp(self):
        self.counter = Counter(self.browser, self.sandbox)
        self.browser.console()

    def tearDown(self):
        self.assertEqual(self.browser.console(), [], "the page complained on the console")
        self.counter.idle()

    def test_a_sale_is_paid_by_whoever_reads_the_pixels(self):
        counter = self.counter
        counter.sell(1, 2, 5, 0)
        self.assertIn("12.50", counter.text("amount"))
        codes = counter.codes()
        self.assertEqual(len(codes), 1, codes)
        reference = counter.text("reference")
        counter.pay(codes[0])
        counter.wait_for("paid")
        self.assertIn("12.50", counter.text("now"))
        self.assertEqual(counter.codes(), [])
        red, green, blue = counter.ground()
        self.assertTrue(green > red and green > blue, "PAID is green")
        until("the sound", lambda: self.browser.attribute("body", "data-sound") == "paid")
        until("the last sale", lambda: counter.text("last-reference") == reference)
        self.assertEqual(counter.text("last-result"), "paid")
        state = self.sandbox.state()
        self.assertEqual((state["scene"], state["amount"], state["last"]["result"]), ("paid", 1250, "paid"))

    def test_the_phone_on_the_page_pays_as_well(self):
        counter = self.counter
        counter.sell(3, "00")
        counter.click("screen-button")
        self.browser.enter_frame(by("phone-frame"))
        until("the checkout", lambda: self.browser.find('button[value="paid"]'))
        self.browser.click('button[name="outcome"][value="paid"]')
        self.browser.leave_frame()
        counter.wait_for("paid")
        counter.click("put-away")
        self.assertEqual(counter.text("phone-url"), "Camera")

    def test_a_cancelled_code_is_gone_and_cannot_be_paid(self):
        counter = self.counter
        counter.sell(5, "00")
        (url,) = counter.codes()
        counter.click("key-cancel")
        counter.wait_for("cancelled")
        self.assertEqual(counter.codes(), [])
        self.assertFalse(self.browser.is_enabled(by("scan")))
        self.assertEqual(status(url), 410)

    def test_the_computers_keys_are_the_keypads(self):
        counter = self.counter
        self.browser.type("1250")
        until("the amount", lambda: "12.50" in counter.text("amount"))
        self.browser.type(BACKSPACE)
        until("one digit less", lambda: "1.25" in counter.text("amount"))
        self.browser.type(DELETE)
        until("nothing typed", lambda: "1.25" not in counter.text("amount"))
        counter.idle()
        self.browser.click(by("seed"))
        self.browser.type("7")
        counter.click("key-4")
        until("the amount", lambda: "0.04" in counter.text("amount"))
        # A key clicked with the mouse must not be pressed again by Enter.
        self.browser.type("20" + ENTER)
        counter.wait_for("scan")
        self.assertIn("4.20", counter.text("amount"))
        self.browser.type(ESCAPE)
        counter.wait_for("cancelled")

    def test_faults_are_switched_and_said(self):
        counter = self.counter
        self.fault("broker", "stop", "stopped")
        until("the lamp to go out", lambda: self.browser.attribute(by("armed"), "data-armed") == "false")
        self.fault("broker", "start", "running")
        until("the lamp to come back", lambda: self.browser.attribute(by("armed"), "data-armed") == "true")
        self.fault("webhooks", "drop", "dropping")
        self.assertEqual(self.browser.attribute(by("fault-webhooks-drop"), "aria-pressed"), "true")
        self.fault("webhooks", "start", "running")
        self.fault("provider", "delay", "delaying")
        self.fault("provider", "start", "running")
        self.fault("terminal", "kill", "killed")
        self.assertFalse(self.browser.is_enabled(by("key-1")))
        self.assertEqual(counter.text("screen-off"), "off")
        self.fault("terminal", "start", "running")
        until("the keypad", lambda: self.browser.is_enabled(by("key-1")))
        # A result that is still held is drawn again after a restart.
        self.browser.type(ESCAPE)
        counter.wait_for("idle")

    def fault(self, part, deed, stands):
        self.counter.click(f"fault-{part}-{deed}")
        until(f"{part} {stands}", lambda: self.counter.text(f"fault-{part}-state") == stands)

    def test_the_page_fits_a_phone(self):
        self.addCleanup(self.browser.resize, 1280, 940)
        for width in (360, 768, 1024):
            self.browser.resize(width, 800)
            wide = self.browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
            self.assertEqual(wide, 0, f"at {width} pixels the page is {wide} too wide")
        self.counter.sell(1, "00")
        self.assertEqual(len(self.counter.codes()), 1)


class WhenTimeRunsOut(unittest.TestCase):
    def test_an_expired_code_is_gone_and_cannot_be_paid(self):
        if os.environ.get("QRTILL_URL"):
            self.skipTest("QRTILL_URL names a sandbox whose times are its own")
        sandbox = Sandbox("sale_ttl_s=10")
        self.addCleanup(sandbox.stop)
        browser = self.enterContext(Browser(1280, 940))
        counter = Counter(browser, sandbox)
        counter.sell(7, 5, 0)
        (url,) = counter.codes()
        self.assertRegex(counter.text("left"), r"^0:\d\d$")
        counter.wait_for("expired")
        self.assertEqual(counter.codes(), [])
        self.assertEqual(status(url), 410)
        self.assertEqual(browser.console(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
