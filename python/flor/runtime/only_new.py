"""Standard output with nothing on it but what probes write."""

from __future__ import annotations

import os
from collections.abc import Callable

_STDOUT = 1


class OnlyNew:
    """Between probes, standard output leads nowhere: what Python writes, what C code does, and what children do.

    `flush` makes what Python has written leave its buffers.
    """

    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush = flush
        self._reader = os.dup(_STDOUT)
        self._nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        os.dup2(self._nowhere, _STDOUT)

    def switch(self, shown: bool) -> None:
        self._flush()
        os.dup2(self._reader if shown else self._nowhere, _STDOUT)
