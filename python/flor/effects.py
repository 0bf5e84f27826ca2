"""What the script does outside its own memory.

The core's audit hook sees Python's part, wrappers see what libraries open by themselves.
"""

from __future__ import annotations

import os
from typing import Any

from .isolation.after_import import AfterImport
from .isolation.libraries import watch_torch
from .isolation.temporary_names import watch_tempfile
from .state import samplers


class Effects:
    """Counts files that are written, names that change, programs that are started."""

    def __init__(self, core: Any, run: str) -> None:
        self._core = core
        self._own = 0
        self._last_own = ""
        self._last_seen = 0
        after = AfterImport()
        after.install()
        watch_torch(after, self)
        watch_tempfile(after, run)
        samplers.watch(after)

    @property
    def count(self) -> int:
        return int(self._core.effects()) + self._own

    def last(self) -> str:
        """The last effect, in words."""
        return self._last_own if self._core.effects() == self._last_seen else str(self._core.last_effect())

    def for_writing(self, path: str, *, afresh: bool) -> str:
        """A library is about to write there: the run keeps what it was, and counts it."""
        self._core.touch(os.fsdecode(path))
        self._own += 1
        self._last_own = f"torch.save {path}"
        self._last_seen = int(self._core.effects())
        return path

    def for_reading(self, path: str) -> str:
        return path
