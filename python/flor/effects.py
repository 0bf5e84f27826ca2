"""What the script does outside its own memory: the core's audit hook sees Python's part, a wrapper sees `torch.save`'s."""

from __future__ import annotations

import os
import sys
from typing import Any


class Effects:
    """Counts files that are written, names that change, processes that are started."""

    def __init__(self, core: Any) -> None:
        self._core = core
        self._own = 0
        self._last_own = ""
        self._watches_torch = False

    @property
    def count(self) -> int:
        self._watch_torch()
        return int(self._core.effects()) + self._own

    def last(self) -> str:
        """The last effect, in words."""
        return self._last_own or str(self._core.last_effect())

    def note(self, effect: str) -> None:
        """An effect that Python's audit events do not tell."""
        self._own += 1
        self._last_own = effect

    def _watch_torch(self) -> None:
        """`torch.save` opens its file in C++ when it is given a name."""
        serialization = sys.modules.get("torch.serialization")
        if self._watches_torch or serialization is None:
            return
        opener = getattr(serialization, "_open_zipfile_writer_file", None)
        if opener is None:
            return
        self._watches_torch = True
        open_file = opener.__init__

        def noted(this: Any, name: Any) -> None:
            self.note(f"torch.save {os.fspath(name)}")
            open_file(this, name)

        opener.__init__ = noted
