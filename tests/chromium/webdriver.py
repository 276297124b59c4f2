"""Just enough of W3C WebDriver to look at pages: one chromedriver, one Chromium, Python's own library."""

import base64
import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

# Long enough for the slowest machine; reached only when something is broken.
PATIENCE_S = 40
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]

# Everything asked for is on this machine, whatever proxy the environment names.
urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))


class Refused(Exception):
    """The browser could not do what it was told; `kind` is WebDriver's word for why."""

    def __init__(self, kind, message):
        super().__init__(f"{kind}: {message.splitlines()[0] if message else ''}")
        self.kind = kind


def program(name, package):
    """The path of a program, or an error that names the Debian package to install."""
    path = shutil.which(name)
    if path is None:
        raise SystemExit(f"`{name}` is missing; install the Debian package `{package}`")
    return path


class Browser:
    """A Chromium with an empty profile, driven from here; a context manager."""

    def __init__(self, width, height):
        chromium = program("chromium", "chromium")
        chromedriver = program("chromedriver", "chromium-driver")
        self.profile = tempfile.TemporaryDirectory(prefix="qrtill-chromium-", ignore_cleanup_errors=True)
        self.driver = subprocess.Popen([chromedriver, "--port=0"], stdout=subprocess.PIPE, text=True)
        try:
            self.base = f"http://127.0.0.1:{self._port()}"
            options = {
                "binary": chromium,
                "args": [*FLAGS, f"--user-data-dir={self.profile.name}", f"--window-size={width},{height}"],
            }
            wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
            answer = self._send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
            self.session = f"/session/{answer['sessionId']}"
        except BaseException:
            self._end()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._send("DELETE", self.session)
        finally:
            self._end()

    def _end(self):
        self.driver.terminate()
        self.driver.wait()
        self.driver.stdout.close()
        self.profile.cleanup()

    def _port(self):
        for line in self.driver.stdout:
            if found := re.search(r"started successfully on port (\d+)", line):
                return found[1]
        raise SystemExit("chromedriver ended before it was ready")

    def _send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise Refused(value["error"], value["message"]) from None

    def go(self, url):
        self._send("POST", f"{self.session}/url", {"url": url})

    def url(self):
        return self._send("GET", f"{self.session}/url")

    def run(self, script, *args):
        return self._send("POST", f"{self.session}/execute/sync", {"script": script, "args": list(args)})

    def find(self, css):
        found = self._send("POST", f"{self.session}/element", {"using": "css selector", "value": css})
        return f"{self.session}/element/{found[ELEMENT]}"

    def click(self, css):
        self._send("POST", f"{self.find(css)}/click", {})

    def text(self, css):
        return self._send("GET", f"{self.find(css)}/text")

    def attribute(self, css, name):
        return self._send("GET", f"{self.find(css)}/attribute/{name}")

    def is_enabled(self, css):
        return self._send("GET", f"{self.find(css)}/enabled")

    def type(self, keys):
        """Presses and lets go each of the keys, wherever the focus is; WebDriver's own codes for the unprintable."""
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": strokes}]
        self._send("POST", f"{self.session}/actions", {"actions": actions})

    def resize(self, width, height):
        self._send("POST", f"{self.session}/window/rect", {"width": width, "height": height})

    def picture(self, css=None):
        """What is on the screen, as PNG bytes: the whole window, or one element."""
        path = f"{self.find(css)}/screenshot" if css else f"{self.session}/screenshot"
        return base64.b64decode(self._send("GET", path))

    def here(self):
        return self._send("GET", f"{self.session}/window")

    def new_tab(self):
        """Opens an empty tab and goes there; answers with the one before it."""
        before = self.here()
        handle = self._send("POST", f"{self.session}/window/new", {"type": "tab"})["handle"]
        self.switch(handle)
        return before

    def switch(self, handle):
        self._send("POST", f"{self.session}/window", {"handle": handle})

    def close_tab(self, then):
        self._send("DELETE", f"{self.session}/window")
        self.switch(then)

    def enter_frame(self, css):
        element = self.find(css).rsplit("/", 1)[1]
        self._send("POST", f"{self.session}/frame", {"id": {ELEMENT: element}})

    def leave_frame(self):
        self._send("POST", f"{self.session}/frame", {"id": None})

    def console(self):
        """What the pages have complained of since the last call."""
        entries = self._send("POST", f"{self.session}/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]


def until(what, look):
    """Looks again and again until it sees something; what cannot be found yet is not there yet."""
    end, last = time.monotonic() + PATIENCE_S, None
    while time.monotonic() < end:
        try:
            if seen := look():
                return seen
        except Refused as error:
            last = error
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come within {PATIENCE_S} s ({last or 'no error'})")
