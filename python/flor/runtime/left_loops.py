"""The iterations in which loops were left by the exception that is on its way out."""

from __future__ import annotations

import sys

from .executions import Execution


class LeftLoops:
    """Of each loop's line, the iteration of its innermost execution, where somebody counted."""

    def __init__(self) -> None:
        # No reference to it: that would keep alive what its frames hold.
        self._error: int | None = None
        self._iterations: dict[tuple[str, int], int] = {}

    def note(self, execution: Execution) -> None:
        error = sys.exc_info()[1]
        if id(error) != self._error:
            self._error = id(error)
            self._iterations.clear()
        if execution.left_in is not None:
            self._iterations.setdefault((execution.site.path, execution.site.line), execution.left_in)

    def iteration_at(self, path: str, line: int) -> int | None:
        return self._iterations.get((path, line))

    def of(self, error: BaseException) -> LeftLoops:
        """Those that this exception left."""
        return self if id(error) == self._error else LeftLoops()
