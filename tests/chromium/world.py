"""A sandbox of one's own, and what a person does in front of its counter."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request

from webdriver import PATIENCE_S, Browser, program, until

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Sandbox:
    """`qrtill sandbox` with empty data, or the one that runs at QRTILL_URL."""

    def __init__(self, *settings):
        self.process = None
        self.url = os.environ.get("QRTILL_URL", "").rstrip("/")
        if self.url:
            return
        binary = pathlib.Path(os.environ.get("QRTILL_BIN", ROOT / "target/release/qrtill"))
        if not binary.is_file():
            raise SystemExit(f"`{binary}` is missing; build it with `cargo build --release`, or name it in QRTILL_BIN")
        self.data = tempfile.TemporaryDirectory(prefix="qrtill-data-", ignore_cleanup_errors=True)
        wanted = [part for setting in settings for part in ("--set", setting)]
        command = [binary, "sandbox", "--listen", "127.0.0.1:0", "--data", self.data.name, *wanted]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        watchdog = threading.Timer(PATIENCE_S, self.process.kill)
        watchdog.start()
        line = self.process.stdout.readline()
        watchdog.cancel()
        found = re.search(r"http://\S+", line)
        if not found:
            self.stop()
            raise SystemExit(f"the sandbox was not ready within {PATIENCE_S} s; its line was {line!r}")
        self.url = found[0].rstrip("/")

    def stop(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process.stdout.close()
            self.data.cleanup()

    def state(self):
        with urllib.request.urlopen(f"{self.url}/counter/state", timeout=PATIENCE_S) as answer:
            return json.load(answer)


def by(name):
    return f'[data-testid="{name}"]'


class Counter:
    """The counter's page, looked at and touched as people do."""

    def __init__(self, browser: Browser, sandbox: Sandbox):
        self.browser, self.sandbox = browser, sandbox
        browser.go(sandbox.url + "/")
        self.wait_for("idle")

    def click(self, *names):
        for name in names:
            self.browser.click(by(name))

    def text(self, name):
        return self.browser.text(by(name))

    def scene(self):
        return self.text("scene")

    def wait_for(self, scene):
        """Waits until the page says the scene and shows the picture of it."""

        def there():
            if self.scene() != scene:
                return False
            shown = self.browser.attribute(by("screen"), "data-seq")
            wanted = self.browser.run("return new URL(document.querySelector(arguments[0]).src).searchParams.get('seq')", by("screen"))
            return shown is not None and shown == wanted

        until(f"the scene `{scene}`", there)

    def idle(self):
        """Leaves whatever is on the screen."""

        def left():
            if self.scene() == "idle":
                return True
            self.click("key-cancel")
            return False

        until("the idle screen", left)
        self.wait_for("idle")

    def sell(self, *digits):
        """Keys an amount in and waits for its code."""
        self.idle()
        self.click(*(f"key-{digit}" for digit in digits), "key-enter")
        self.wait_for("scan")

    def codes(self):
        """Every code that a stranger's reader finds in the pixels of the screen."""
        reader = program("zbarimg", "zbar-tools")
        picture = self.browser.picture(by("screen"))
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            file.write(picture)
            file.flush()
            read = subprocess.run([reader, "--quiet", "--raw", file.name], capture_output=True, text=True)
        # 4 is zbarimg's word for a picture without a code.
        assert read.returncode in (0, 4), read.stderr
        return read.stdout.splitlines()

    def ground(self):
        """The colour that most of the screen has, as red, green and blue."""
        return self.browser.run(
            """
            const image = document.querySelector(arguments[0]);
            const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
            const pen = canvas.getContext("2d");
            pen.drawImage(image, 0, 0);
            const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
            const counts = new Map();
            for (let i = 0; i < data.length; i += 4) {
              const colour = [data[i], data[i + 1], data[i + 2]].join();
              counts.set(colour, (counts.get(colour) ?? 0) + 1);
            }
            return [...counts].sort((a, b) => b[1] - a[1])[0][0].split(",").map(Number);
            """,
            by("screen"),
        )

    def pay(self, url):
        """Another person's phone: knows nothing but the URL that was in the code."""
        before = self.browser.new_tab()
        self.browser.go(url)
        self.browser.click('button[name="outcome"][value="paid"]')
        until("the receipt on the phone", lambda: self.browser.text("h2") == "Paid")
        self.browser.close_tab(before)


def status(url):
    """What the bank answers a customer who comes by this URL."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
