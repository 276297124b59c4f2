"""Somebody with an account of their own at the broker, who hears everything and says whatever they like: MQTT 3.1.1, as
little of it as that takes."""

import socket
import struct
import threading


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">H", len(value)) + value


def packet(kind, body):
    length, rest = b"", len(body)
    while True:
        rest, low = divmod(rest, 128)
        length += bytes([low | (128 if rest else 0)])
        if not rest:
            return bytes([kind]) + length + body


class Fellow:
    """Hears `#` from the start on."""

    def __init__(self, port, user, password):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")
        self.heard, self.pongs, self.turn = [], 0, threading.Condition()
        self.socket.sendall(packet(0x10, text("MQTT") + bytes([4, 0xC2, 0, 0]) + text(user) + text(user) + text(password)))
        assert self._read() == (0x20, b"\0\0"), "not let in"
        self.socket.sendall(packet(0x82, b"\0\1" + text("#") + b"\0"))
        threading.Thread(target=self._listen, daemon=True).start()

    def _read(self):
        kind, length, shift = self.stream.read(1)[0], 0, 0
        while True:
            byte = self.stream.read(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return kind, self.stream.read(length)

    def _listen(self):
        try:
            while True:
                kind, body = self._read()
                with self.turn:
                    if kind & 0xF0 == 0x30:
                        size = struct.unpack(">H", body[:2])[0]
                        self.heard.append((body[2 : 2 + size].decode(), body[2 + size :]))
                    elif kind == 0xD0:
                        self.pongs += 1
                    self.turn.notify_all()
        except (IndexError, OSError):
            pass

    def say(self, topic, payload, retain=False):
        self.socket.sendall(packet(0x31 if retain else 0x30, text(topic) + payload))

    def settled(self):
        """Returns once the broker has passed on all that was said."""
        with self.turn:
            wanted = self.pongs + 1
            self.socket.sendall(packet(0xC0, b""))
            assert self.turn.wait_for(lambda: self.pongs >= wanted, timeout=30), "the broker does not answer"

    def of(self, topic):
        """What was said on a topic so far, oldest first."""
        with self.turn:
            return [payload for one, payload in self.heard if one == topic]
