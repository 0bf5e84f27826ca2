"""The debugger that the user gets: Python's own, or IPython's where that is installed."""

from __future__ import annotations

import pdb
import sys
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

# What the loop runtime does between two lines of the program is nothing that one wants to step into.
_OURS = ["flor", "flor.*"]

Raised = tuple[type[BaseException], Any, TracebackType]


def debugger(prefers_pdb: bool, leave: Callable[[], None]) -> Any:
    """`leave` ends the process: quitting throws nothing into the program, which might catch it."""
    base = _base(prefers_pdb)

    class Debugger(base):  # type: ignore[misc, valid-type]
        def set_quit(self) -> None:
            leave()

    return Debugger(skip=_OURS)


def _base(prefers_pdb: bool) -> type:
    if not prefers_pdb and sys.stdin is not None and sys.stdin.isatty():
        try:
            from IPython.terminal.debugger import TerminalPdb  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            return pdb.Pdb
        found: type = TerminalPdb
        return found
    return pdb.Pdb


def stop_at_next_line(one: Any, frame: FrameType) -> None:
    """Stops before the next line of this frame."""
    _follow(one, frame)
    one.set_next(frame)
    sys.settrace(one.trace_dispatch)


def stop_at_exception(one: Any, frame: FrameType, raised: Raised) -> Any:
    """Stops now, in a trace function that was told of an exception; gives the trace function to go on with."""
    _follow(one, frame)
    one.set_step()
    sys.settrace(one.trace_dispatch)
    return one.dispatch_exception(frame, raised)


def look_back(one: Any, trace: TracebackType | None) -> None:
    """Shows the frames that an exception has left."""
    one.reset()
    one.interaction(None, trace)


def _follow(one: Any, frame: FrameType) -> None:
    """As `bdb` does it where a program is stopped in mid-course."""
    one.reset()
    around: FrameType | None = frame
    while around is not None:
        around.f_trace, around.f_trace_lines = one.trace_dispatch, True
        one.botframe = around
        around = around.f_back
