"""Processes of one's own: started, killed, told to stop, and never left behind. Knows nothing of sales."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request

# Long enough for the slowest machine; reached only when something is broken.
PATIENCE_S = 60

# Everything asked for is on this machine, whatever proxy the environment names.
urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))

# Our own variables would be settings of the programs.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("QRTILL_")}
ENVIRONMENT |= {"NO_COLOR": "1", "TZ": "UTC"}


class Failed(Exception):
    """The programs under test did what they must not, or did not do what they must."""


def program(name, package):
    """The path of a program, or an error that names the Debian package to install."""
    path = shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        raise SystemExit(f"`{name}` is missing; install the Debian package `{package}`")
    return path


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def until(what, look, patience=PATIENCE_S, pause=0.05):
    """What `look` finds, asked again until it is something."""
    end = time.monotonic() + patience
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise Failed(f"not within {patience} s: {what}")
        time.sleep(pause)


class Process:
    """One program that may be started many times. Its standard error goes to one file, life after life."""

    living = set()
    # Whoever starts a program again beside the story must not do so after its end.
    over = False
    turn = threading.Lock()

    def __init__(self, name, folder, command):
        self.name, self.command = name, [str(part) for part in command]
        self.log = pathlib.Path(folder) / f"{name}.log"
        self.child = None

    def start(self, *more, stdout=subprocess.DEVNULL):
        """Standard input is a pipe that stays open, as a keypad does."""
        with Process.turn, open(self.log, "ab") as log:
            if Process.over:
                raise Failed(f"{self.name} is not started any more")
            log.write(f"-- {' '.join([*self.command, *more])}\n".encode())
            log.flush()
            self.child = subprocess.Popen(
                [*self.command, *more], stdin=subprocess.PIPE, stdout=stdout, stderr=log, env=ENVIRONMENT,
            )
            Process.living.add(self)
        return self

    def kill(self):
        """As when the power goes: SIGKILL."""
        if self.child:
            self.child.kill()
            self.child.wait()
            self._close()
        Process.living.discard(self)

    def stop(self):
        """As a supervisor stops it: SIGTERM, and its exit code. Standard input is held open meanwhile."""
        self.child.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self, patience=PATIENCE_S):
        """The exit code of a program that ends by itself."""
        try:
            code = self.child.wait(patience)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} did not end within {patience} s") from None
        self._close()
        Process.living.discard(self)
        return code

    def lives(self):
        return self.child is not None and self.child.poll() is None

    def type(self, text):
        """Whether the program was there to take it."""
        try:
            self.child.stdin.write(text.encode())
            self.child.stdin.flush()
            return True
        except (BrokenPipeError, ValueError):
            return False

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _close(self):
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass

    @classmethod
    def kill_all(cls):
        with cls.turn:
            cls.over = True
        for process in list(cls.living):
            process.kill()
