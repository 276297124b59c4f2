"""A sale keyed on a bare 4x4 matrix, on GPIO lines of QEMU's own board: the kernel's GPIO device and the program's scan
meet there. See tests/machine.sh."""

import sys

from story import PANELS, Story
from wires import LAYOUT, Matrix

ROWS, COLUMNS = [0, 1, 2, 3], [4, 5, 6, 7]


class OnWires(Story):
    def __init__(self):
        super().__init__("virt", "headless", "matrix")

    def steps(self):
        return self.open_bank, self.pack, self.boot, self.install, self.configure, self.wire, self.start, self.hold_up, self.sell

    def devices(self):
        return PANELS[self.panel] | {
            "keypad.kind": '"matrix"', "keypad.chip": '"/dev/gpiochip0"', "keypad.rows": str(ROWS),
            "keypad.columns": str(COLUMNS), "keypad.layout": str(LAYOUT).replace("'", '"')}

    def wire(self):
        self.matrix = Matrix(self.guest, ROWS, COLUMNS)

    def hold_up(self):
        """Every question to the GPIO device takes 30 ms more, so that the wires outside can follow."""
        pid = self.show("terminal", "MainPID")
        self.guest.run(f"systemd-run --unit=hold strace -f -p {pid} -o /dev/null -e trace=ioctl "
                       "-e inject=ioctl:delay_exit=30000")

    def press(self, keys):
        for key in keys:
            self.matrix.press(key)


if __name__ == "__main__":
    OnWires.tell(*sys.argv[1:])
