"""What is wired to the GPIO lines of QEMU's own board, whose controller is a PL061."""

import time

# A key's own time; under emulation, and held up as the story does, a scan takes a third of a second.
PRESS_S, PAUSE_S = 3.0, 1.5
# The register that says which lines are driven.
DIRECTION = 0x9030400
LAYOUT = ["123A", "456B", "789C", "*0#D"]
# What a serial keypad would send for the same, of the keys that stories press.
LABELS = {str(digit): str(digit) for digit in range(10)} | {"\r": "#", "\x1b": "A"}


class Matrix:
    """A 4x4 keypad: a column is low while a pressed key joins it to a row that is driven, which is then low. It follows
    within milliseconds, and a scan looks after microseconds, so the program has to be held up between."""

    def __init__(self, guest, rows, columns):
        self.guest, self.rows, self.columns = guest, rows, columns
        self.path, self.told = guest.place_of("pl061"), {}
        self._join(None, 0)

    def _join(self, pressed, driven):
        for number, column in enumerate(self.columns):
            joined = pressed is not None and pressed[1] == number and driven >> self.rows[pressed[0]] & 1
            self._set(column, 0 if joined else 1)

    def _set(self, line, level):
        if self.told.get(line) != level:
            self.told[line] = level
            self.guest.qtest.send(f"set_irq_in {self.path} unnamed-gpio-in {line} {level}\n")
            self.guest.qtest.expect(rb"OK\n", 60)

    def press(self, key):
        """Down for as long as it takes to be seen, and up again."""
        label = LABELS[key]
        pressed = next((row, keys.index(label)) for row, keys in enumerate(LAYOUT) if label in keys)
        end = time.monotonic() + PRESS_S
        while time.monotonic() < end:
            self._join(pressed, self.guest.memory(DIRECTION))
            time.sleep(0.002)
        self._join(None, 0)
        time.sleep(PAUSE_S)
