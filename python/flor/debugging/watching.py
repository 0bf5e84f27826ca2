"""Finds the moment at which the recorded exception is raised again.

From the checkpoint before the crash on, the project's frames are traced: not line by line, but Python tells of each exception that
comes into one of them, before any `finally`, `with` or `except` of that frame has run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from ..crashes.places import loops_around
from ..crashes.stack import is_project
from ..crashes.summary import name_of
from ..project import Project
from .debugger import Raised

# What is to be traced further on.
Trace = Callable[[FrameType, str, Any], Any]


class CrashWatch:
    """`stop` is called with the frame and the exception; what it returns traces on."""

    def __init__(self, crash: dict[str, Any], project: Project, stop: Callable[[FrameType, Raised], Trace | None]) -> None:
        self._crash, self._project, self._stop = crash, project, stop
        self._frames = [(one["file"], one["line"], one["function"]) for one in crash["frames"] if one["is_project"]]
        self._is_whole = crash["left_out"] == 0

    def begin(self) -> None:
        """From the caller's frames on."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if is_project(self._project, frame):
                self._trace(frame, "call", None)
                frame.f_trace = self._in_project
            frame = frame.f_back
        sys.settrace(self._trace)

    def _trace(self, frame: FrameType, event: str, arg: Any) -> Trace | None:
        if not is_project(self._project, frame):
            return None
        frame.f_trace_lines = False
        return self._in_project

    def _in_project(self, frame: FrameType, event: str, arg: Any) -> Trace | None:
        if event == "exception" and self._is_it(frame, arg[0]):
            return self._stop(frame, arg)
        return self._in_project

    def _is_it(self, frame: FrameType, kind: type[BaseException]) -> bool:
        if not self._frames or self._place(frame) != self._frames[-1] or name_of(kind) != self._crash["type"]:
            return False
        stack = self._stack(frame)
        if not self._is_whole:
            return True
        return [self._place(one) for one, _ in stack] == self._frames and self._loops(stack) == self._recorded_loops()

    def _stack(self, frame: FrameType | None) -> list[tuple[FrameType, int]]:
        found: list[tuple[FrameType, int]] = []
        while frame is not None:
            if is_project(self._project, frame):
                found.insert(0, (frame, frame.f_lineno))
            frame = frame.f_back
        return found

    def _place(self, frame: FrameType) -> tuple[str, int, str]:
        """As the record has it: the text may have new lines."""
        filename = frame.f_code.co_filename
        file = self._project.files[filename]
        return file.path, self._project.recorded_line(filename, frame.f_lineno), frame.f_code.co_name

    def _loops(self, stack: list[tuple[FrameType, int]]) -> list[tuple[str, int, dict[str, Any]]]:
        return [(one.path, one.line, one.variables) for one in loops_around(self._project, stack)]

    def _recorded_loops(self) -> list[tuple[str, int, dict[str, Any]]]:
        return [(one["file"], one["line"], one["variables"]) for one in self._crash["loops"]]
