"""The frames that an exception came through."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import CodeType, FrameType, TracebackType

from ..project import Project


def is_crash(error: BaseException) -> bool:
    """`SystemExit` is an ending, and Ctrl-C comes from outside: the program would not meet it again."""
    return not isinstance(error, (SystemExit, KeyboardInterrupt))


def frames(trace: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    """Each frame with its line, the outermost first. What Python itself starts a module with is left out, and what is ours."""
    has_begun = False
    while trace is not None:
        has_begun = has_begun or not _is_runpy(trace.tb_frame.f_code)
        if has_begun and not is_ours(trace.tb_frame):
            yield trace.tb_frame, _line(trace)
        trace = trace.tb_next


def is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == "flor"


def is_project(project: Project, frame: FrameType) -> bool:
    return project.owns_file(frame.f_code.co_filename)


def _line(trace: TracebackType) -> int:
    # An instruction may have no line, from Python 3.11 on.
    line: int | None = trace.tb_lineno
    return trace.tb_frame.f_code.co_firstlineno if line is None else line


def _is_runpy(code: CodeType) -> bool:
    return code.co_filename in ("<frozen runpy>", getattr(sys.modules.get("runpy"), "__file__", None))
