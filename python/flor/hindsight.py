"""Of `flor.log` a replay keeps what probes log: in added statements, or around a recorded expression."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from .probes import ProjectDiff
from .runtime.new_lines import Values
from .runtime.output import Place, ReplayOutput


class Hindsight:
    """Says what is kept; `values` are told of it, where somebody wants to see it.

    On its way to a segment a worker keeps nothing: another one does.
    """

    def __init__(
        self,
        diff: ProjectDiff,
        output: ReplayOutput,
        values: Values | None,
        path_of: Callable[[str], str | None],
        is_on_the_way: Callable[[], bool],
    ) -> None:
        self._wrapped = {(path, probe.line) for path, file in diff.files.items() for probe in file.alignment.wrapped}
        self._output, self._values, self._path_of, self._is_on_the_way = output, values, path_of, is_on_the_way

    def is_new(self, name: str | dict[str, Any], value: Any, step: int | None) -> bool:
        """Asked by `_flor.log` and `_flor.log_argument`, whose caller is the frame above."""
        place = self._output.probe_place
        if place is None and self._wrapped:
            frame = sys._getframe(1)
            if (self._path_of(frame.f_code.co_filename), frame.f_lineno) in self._wrapped:
                place = Place(frame.f_code.co_filename, frame.f_lineno)
        if place is None or self._is_on_the_way():
            return False
        if self._values is not None:
            self._values.log(name, value, step, place)
        return True
