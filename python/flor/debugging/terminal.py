"""Standard input: on the way the script finds it empty, and at the stop it is the user's, for the debugger."""

from __future__ import annotations

import contextlib
import os


class HeldInput:
    """Keeps what the process was given as standard input, until it is given back."""

    def __init__(self) -> None:
        self._kept: int | None = None

    def hold(self) -> None:
        with contextlib.suppress(OSError):  # there is none
            self._kept = os.dup(0)
            empty = os.open(os.devnull, os.O_RDONLY)
            os.dup2(empty, 0)
            os.close(empty)

    def give_back(self) -> None:
        if self._kept is not None:
            os.dup2(self._kept, 0)
            os.close(self._kept)
            self._kept = None
