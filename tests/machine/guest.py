"""One emulated machine: its console, its keypad, its screen. Knows nothing of sales. Every wait has an end."""

import collections.abc
import dataclasses
import json
import re
import socket
import subprocess
import time

from machine import Failed, program, until

# Emulation on a busy machine; reached only when something is broken.
BOOT_S = 300


class Line:
    """A byte stream on a socket of QEMU's, with a log of all that came."""

    def __init__(self, path, log):
        self.socket = socket.socket(socket.AF_UNIX)
        until(f"QEMU listens at {path}", lambda: self._connect(path))
        self.log, self.waiting = open(log, "wb"), b""

    def _connect(self, path):
        try:
            self.socket.connect(str(path))
            return True
        except OSError:
            return False

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def expect(self, pattern, patience):
        """All text up to the end of the pattern, and the match."""
        pattern, end = re.compile(pattern), time.monotonic() + patience
        while True:
            found = pattern.search(self.waiting)
            if found:
                text, self.waiting = self.waiting[: found.end()], self.waiting[found.end() :]
                return text, found
            left = end - time.monotonic()
            if left <= 0:
                raise Failed(f"{pattern.pattern!r} not within {patience} s; last seen: {self.waiting[-600:]!r}")
            self.socket.settimeout(min(left, 1))
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                continue
            if not more:
                raise Failed(f"the machine is gone; last seen: {self.waiting[-600:]!r}")
            self.log.write(more)
            self.log.flush()
            self.waiting += more


def virt(keypad):
    """QEMU's own board: quick, with a screen that the kernel sets by DRM, and eight GPIO lines."""
    # The lines are the keypad's; QEMU's tree gives one of them to a power button.
    append = "root=/dev/vda rw console=ttyAMA0 loglevel=1 panic=-1 module_blacklist=gpio_keys"
    pads = {"serial": ["-device", "usb-serial,chardev=keypad,always-plugged=on"], "usb": ["-device", "usb-kbd"], "matrix": []}
    return ["-M", "virt,gic-version=3", "-cpu", "cortex-a72", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "512",
            "-append", append,
            "-device", "virtio-blk-pci,drive=root", "-device", "virtio-blk-pci,drive=stick",
            "-device", "virtio-rng-pci", "-device", "virtio-gpu-pci,xres=800,yres=480",
            "-device", "virtio-net-pci,netdev=net,romfile=", "-serial", "chardev:console",
            "-device", "qemu-xhci", *pads[keypad]]


def raspi3b(keypad):
    """The Pi 3: its SD card, its framebuffer, the GPIO lines, SPI and serial port of its header."""
    off = "vc4,vchiq,bcm2835_v4l2,bcm2835_mmal_vchiq,snd_bcm2835,brcmfmac"
    screen = [part for key, value in (("xres", 800), ("yres", 480), ("bpp", 32), ("pixo", 0))
              for part in ("-global", f"bcm2835-fb.{key}={value}")]
    append = "root=/dev/mmcblk0 rw console=ttyS1,115200 loglevel=1 panic=-1 deferred_probe_timeout=2"
    pads = {"serial": ["-device", "usb-serial,chardev=keypad,always-plugged=on,port=1.3"],
            "usb": ["-device", "usb-kbd,port=1.3"], "header": [], "matrix": []}
    return ["-M", "raspi3b", *screen, "-append", f"{append} module_blacklist={off}",
            "-serial", "chardev:keypad" if keypad == "header" else "null", "-serial", "chardev:console",
            "-usb", "-device", "usb-hub,port=1", "-device", "usb-storage,drive=stick,port=1.1",
            "-device", "usb-net,netdev=net,port=1.2", *pads[keypad]]


@dataclasses.dataclass
class Board:
    parts: collections.abc.Callable
    # What its root is to QEMU, and where the guest has the stick.
    disk: str
    stick: str
    # What it has for a keypad where nothing else is asked for.
    keypad: str


BOARDS = {
    "virt": Board(virt, "none", "/dev/vdb", "serial"),
    "raspi3b": Board(raspi3b, "sd", "/dev/sda", "header"),
}
# Where the guest has serial keypads, by the name that stays and by the kernel's.
DEVICES = {"serial": ("/dev/qrtill/keypad", "/dev/ttyUSB0"), "header": ("/dev/qrtill/header", "/dev/ttyAMA0")}
# Keys of a USB number pad, by the character that a serial keypad sends for them.
PAD = {str(digit): f"kp_{digit}" for digit in range(10)} | {
    "\r": "kp_enter", "c": "kp_subtract", "l": "kp_divide", "\x7f": "kp_multiply"}
# Longer than `*` is held to cancel.
HELD_MS = 1500


class Guest:
    def __init__(self, board, keypad, image, stick, seen, run, forward):
        """`forward` is a port of this machine that leads to port 8461 of the guest."""
        self.board, self.pad = BOARDS[board], keypad
        sockets = {name: run / name for name in ("console", "keypad", "qmp", "qtest")}
        chardev = lambda name, wait: f"socket,id={name},path={sockets[name]},server=on,wait={wait}"
        tree = ["-dtb", image / "pi3.dtb"] if board == "raspi3b" else []
        self.log = open(seen / "qemu.log", "wb")
        self.child = subprocess.Popen(
            [program("qemu-system-aarch64", "qemu-system-arm"), "-nodefaults", "-display", "none", "-no-reboot",
             "-kernel", image / "vmlinuz", "-initrd", image / "initrd.img", *tree,
             "-drive", f"if={self.board.disk},id=root,format=raw,snapshot=on,file={image / 'root.ext4'}",
             "-drive", f"if=none,id=stick,format=raw,readonly=on,file={stick}",
             "-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{forward}-:8461",
             "-chardev", chardev("console", "on"), "-chardev", chardev("keypad", "off"),
             "-chardev", chardev("qtest", "off"), "-qtest", "chardev:qtest", "-qtest-log", "none",
             "-qmp", f"unix:{sockets['qmp']},server=on,wait=off", *self.board.parts(keypad)],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
        )
        self.console = Line(sockets["console"], seen / "console.log")
        self.keypad = Line(sockets["keypad"], seen / "keypad.log")
        self.qtest = Line(sockets["qtest"], seen / "qtest.log")
        self.qmp = Line(sockets["qmp"], seen / "qmp.log")
        self.qmp.expect(rb"QMP.*\n", 60)
        self._ask("qmp_capabilities")

    def _ask(self, command, **arguments):
        self.qmp.send(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        while True:
            said = json.loads(self.qmp.expect(rb"[^\n]*\n", 60)[1][0])
            if "error" in said:
                raise Failed(f"{command}: {said['error']}")
            if "return" in said:
                return said["return"]

    def press(self, keys):
        """As on a serial keypad: its characters."""
        if self.pad != "usb":
            self.keypad.send(keys)
            return
        for key in keys:
            name, held = ("kp_multiply", HELD_MS) if key == "\x1b" else (PAD[key], 50)
            self._ask("send-key", **{"keys": [{"type": "qcode", "data": name}], "hold-time": held})
            time.sleep((held + 50) / 1000)

    def boot(self):
        """Up to a root shell on the console, with the time that a time server would have told."""
        self.console.expect(rb"# $", BOOT_S)
        self.console.send("stty -echo cols 1000; PS1= PS2=; export TERM=dumb PAGER=cat; printf 'READY%s\\n' 1\n")
        self.console.expect(rb"READY1\r?\n", 60)
        self.run("udevadm settle --timeout=120", 130)
        self.run(f"date -s @{time.time():.0f}")

    def ask(self, command, patience=60):
        """A shell command's exit code and all it printed."""
        mark = time.time_ns()
        self.console.send(f"{{ {command}\n}} 2>&1 </dev/null; printf '\\nEND%s %s\\n' {mark} $?\n")
        text, found = self.console.expect(rb"\nEND%d (\d+)\r?\n" % mark, patience)
        return int(found[1]), text[: found.start()].decode(errors="replace").replace("\r", "").strip()

    def run(self, command, patience=60):
        """What a command printed that must not fail."""
        code, said = self.ask(command, patience)
        if code != 0:
            raise Failed(f"{command}: exit code {code}\n{said}")
        return said

    def place_of(self, kind):
        """Where QEMU has the one device of this kind."""
        for base in ("/machine", "/machine/unattached", "/machine/soc/peripherals"):
            try:
                entries = self._ask("qom-list", path=base)
            except Failed:
                continue
            for entry in entries:
                if entry["type"] == f"child<{kind}>":
                    return f"{base}/{entry['name']}"
        raise Failed(f"this machine has no {kind}")

    def memory(self, address):
        """A register of the machine, 32 bits, as its bus has it now."""
        self.qtest.send(f"readl {address:#x}\n")
        return int(self.qtest.expect(rb"OK (0x[0-9a-f]+)\n", 60)[1][1], 16)

    def screen(self, path):
        """What a person would see, as a PPM file."""
        self._ask("screendump", filename=str(path))
        return path

    def end(self):
        if self.child.poll() is None:
            try:
                self._ask("quit")
                self.child.wait(10)
            except (Failed, OSError, subprocess.TimeoutExpired):
                self.child.kill()
                self.child.wait()
