"""What is wired to the emulated machine's GPIO lines: QEMU tells the levels of outputs and sets those of inputs."""

import threading

from machine import Failed

# A key's own time; under emulation and `slowly` a scan takes a third of a second.
PRESS_S, PAUSE_S = 3.0, 2.0
LAYOUT = ["123A", "456B", "789C", "*0#D"]
# What a serial keypad would send for the same, of the keys that stories press.
LABELS = {str(digit): str(digit) for digit in range(10)} | {"\r": "#", "\x1b": "A"}


class Matrix:
    """A 4x4 keypad on lines of the controller at `path`: a column is low while a pressed key joins it to a row that is.
    It follows within milliseconds, and a scan looks after microseconds, so the program has to be held up between."""

    def __init__(self, guest, rows, columns):
        self.line, self.rows, self.columns = guest.qtest, rows, columns
        self.path = guest.place_of("pl061")
        # QEMU tells of changes, from low on, which is how the program leaves its rows.
        self.low, self.pressed, self.told = set(rows), None, {}
        self.over, self.turn = threading.Event(), threading.Lock()
        self._send(f"irq_intercept_out {self.path}")
        for column in columns:
            self._set(column, 1)
        self.thread = threading.Thread(target=self._follow, daemon=True)
        self.thread.start()

    def _send(self, command):
        self.line.send(command + "\n")

    def _set(self, line, level):
        if self.told.get(line) != level:
            self.told[line] = level
            self._send(f"set_irq_in {self.path} unnamed-gpio-in {line} {level}")

    def _join(self):
        for number, column in enumerate(self.columns):
            joined = self.pressed is not None and self.pressed[1] == number and self.rows[self.pressed[0]] in self.low
            self._set(column, 0 if joined else 1)

    def _follow(self):
        while not self.over.is_set():
            try:
                _, found = self.line.expect(rb"IRQ (raise|lower) (\d+)\n", 0.2)
            except Failed:
                continue
            with self.turn:
                line = int(found[2])
                (self.low.add if found[1] == b"lower" else self.low.discard)(line)
                self._join()

    def press(self, key):
        """Down for as long as it takes to be seen, and up again."""
        label = LABELS[key]
        for pressed, wait in (((next((r, LAYOUT[r].index(label)) for r in range(4) if label in LAYOUT[r])), PRESS_S),
                              (None, PAUSE_S)):
            with self.turn:
                self.pressed = pressed
                self._join()
            self.over.wait(wait)

    def end(self):
        self.over.set()
        self.thread.join()
