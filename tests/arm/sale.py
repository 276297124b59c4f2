"""A foreign binary under qemu-user: it starts, shows a frame, and a sale is keyed, its code read, paid and PAID."""

import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "processes"))

from machine import Process, program, until
from shop import get, pay

EMULATORS = {"arm64": ("qemu-aarch64-static", "/usr/aarch64-linux-gnu"),
             "armhf": ("qemu-arm-static", "/usr/arm-linux-gnueabihf")}


def main(arch, binary):
    emulator, libraries = EMULATORS[arch]
    zbarimg = program("zbarimg", "zbar-tools")
    with tempfile.TemporaryDirectory(prefix="qrtill-arm-") as folder:
        folder = pathlib.Path(folder)
        sandbox = Process("sandbox", folder, [program(emulator, "qemu-user-static"), "-L", libraries, binary,
            "sandbox", "--listen", "127.0.0.1:0", "--panel", "tft-240x320", "--data", folder / "data"])
        try:
            begin = time.monotonic()
            sell(sandbox, folder / "frame.png", zbarimg)
            print(f"{arch}: a sale under {emulator}: {time.monotonic() - begin:.1f} s")
            code = sandbox.stop()
            assert code == 0, f"ended with {code} when told to stop"
        except BaseException:
            print(sandbox.text(), file=sys.stderr)
            raise
        finally:
            Process.kill_all()


def sell(sandbox, frame, zbarimg):
    begin = time.monotonic()
    sandbox.start(stdout=subprocess.PIPE)
    line = sandbox.child.stdout.readline().decode()
    assert line.startswith("http://"), f"the sandbox was not ready; its line was {line!r}"
    counter = line.strip().rstrip("/") + "/counter"
    fetch(f"{counter}/frame.png", frame)
    print(f"armed and first frame after {time.monotonic() - begin:.1f} s")
    get(f"{counter}/keys", b"1250\r")
    state = until("a code", lambda: of_scene(counter, "scan"))
    fetch(f"{counter}/frame.png", frame)
    read = subprocess.run([zbarimg, "--nodbus", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", frame],
                          capture_output=True, text=True)
    assert read.stdout.strip() == state["url"], (read.stdout, state["url"])
    answer = pay(read.stdout.strip())
    assert answer == 303, answer
    state = until("PAID", lambda: of_scene(counter, "paid"))
    assert (state["amount"], state["last"]["result"]) == (1250, "paid"), state


def of_scene(counter, scene):
    state = get(f"{counter}/state")
    return state if state["scene"] == scene else None


def fetch(url, path):
    with urllib.request.urlopen(url, timeout=60) as answer:
        path.write_bytes(answer.read())


if __name__ == "__main__":
    main(*sys.argv[1:])
