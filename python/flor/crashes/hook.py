"""Where the host tells of an exception that has come out of the main script and that Python is about to print."""

from __future__ import annotations

from collections.abc import Callable

Heard = Callable[[BaseException], None]

_heard: list[Heard] = []


def when_crashed(heard: Heard | None) -> None:
    """Has `heard` called; None: nobody wants to know any more, as in a forked child."""
    _heard[:] = [] if heard is None else [heard]


def crashed(error: BaseException) -> None:
    """Called by the host (`Sources/ScriptHost/Crash.swift`). Whatever goes wrong here, the traceback is printed as always."""
    for heard in _heard:
        heard(error)
