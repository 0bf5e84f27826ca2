"""Threads of libraries that wait for work, such as one that writes what a program logs.

While such a thread waits, what it will do hangs on where it waits, on its variables and attributes, and on the work it is given. A
replay has a thread of its own that waits at the same place. Its attributes are restored; that its variables are as recorded is seen
from those that are plain, numbers of seconds left out. One that is at work, or waits for what is not a queue, is opaque.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
from types import FrameType
from typing import Any

from .graph import ATOMS, Node, Tag
from .walk import Walk

_MOST_LOOKS, _SECONDS_BETWEEN_LOOKS = 4, 0.00025
# What every thread has, of which nothing is the library's.
_OF_EACH = frozenset(vars(threading.Thread(name="florpy")))


def waiting_thread(place: str) -> Any:
    """Nobody can make one anew that waits there."""
    raise ValueError(f"a thread that waits in {place.splitlines()[0]}")


def describe_waiting(walk: Walk, value: threading.Thread) -> Node | None:
    """None where it does not wait for work, or where it is the program's own."""
    looks = 0
    while (place := _place(walk, value)) is None:
        if looks == _MOST_LOOKS:
            return None
        looks += 1
        time.sleep(_SECONDS_BETWEEN_LOOKS)  # it may have done its work, and be about to wait for more
    state = {name: held for name, held in vars(value).items() if name not in _OF_EACH}
    return (Tag.REDUCED, walk.reference(waiting_thread), walk.reference((place,)), walk.reference(state))


def _place(walk: Walk, value: threading.Thread) -> str | None:
    """Where it waits, a line for each of its frames."""
    frame = sys._current_frames().get(value.ident or 0)
    if frame is None or not _waits_for_work(frame):
        return None
    lines = []
    step: FrameType | None = frame
    while step is not None:
        module = step.f_globals.get("__name__")
        if walk.project.owns_module(module):
            return None
        if module not in ("threading", "queue"):
            lines.append(f"{module}.{step.f_code.co_name} at {step.f_lasti} {_plain_variables(step)}")
        step = step.f_back
    return "\n".join(lines)


def _waits_for_work(frame: FrameType) -> bool:
    """Whether the innermost frames are those of `Queue.get`, with nothing in the queue that is not done."""
    waiting: FrameType | None = frame
    while waiting is not None and waiting.f_globals.get("__name__") == "threading" and waiting.f_code.co_name == "wait":
        waiting = waiting.f_back
    if waiting is None or waiting is frame or waiting.f_code is not queue.Queue.get.__code__:
        return False
    return bool(waiting.f_locals["self"].unfinished_tasks == 0)


def _plain_variables(frame: FrameType) -> dict[str, Any]:
    return {name: held for name, held in frame.f_locals.items() if type(held) in ATOMS and type(held) is not float}
