"""What a program writes to a terminal, read at the terminal's other end."""

from __future__ import annotations

import os

_MOST_BYTES_AT_ONCE = 1 << 16


def heard_until(master: int, text: bytes) -> bytes:
    """Up to the piece that completes the text: a terminal hands a line over in as many as it likes, its end by itself as well."""
    received = b""
    while text not in received:
        received += os.read(master, _MOST_BYTES_AT_ONCE)
    return received


def everything(master: int) -> bytes:
    """All that comes until nobody has the terminal open any more."""
    received = b""
    while True:
        try:
            piece = os.read(master, _MOST_BYTES_AT_ONCE)
        except OSError:
            return received
        if not piece:
            return received
        received += piece
