"""Numbers that are still being computed on a device: the program is not made to wait for them.

Each is copied to pinned memory in its stream's own order. It becomes a value of the log, with the place and the time at which it
was logged, when the copy is there and the next one comes, or when the log is flushed.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections import deque
from typing import Any

from _flor import log_late, log_place

# Beyond this the oldest is waited for.
MAX_WAITING = 1024

_waiting: deque[tuple[Any, Any, tuple[str, int | None, bool, int, int]]] = deque()
# In a forked child: what waits in its parent. Kept, since a device must not be touched there.
_of_parents: list[object] = []


def can_wait(value: Any) -> bool:
    """Whether the value is on a kind of device that tells when it is done, and is of a type that is one number."""
    return bool(value.device.type == "cuda" and not value.is_complex())


def put(name: str, step: int | None, is_argument: bool, value: Any) -> None:
    """Keeps a value of no dimensions as soon as it is there."""
    torch = sys.modules["torch"]
    copy = torch.empty((), dtype=value.dtype, pin_memory=True)
    copy.copy_(value, non_blocking=True)
    done = torch.cuda.Event()
    done.record(torch.cuda.current_stream(value.device))
    _waiting.append((copy, done, (name, step, is_argument, *log_place())))
    settle(MAX_WAITING)


def settle(may_wait: int = 0) -> None:
    """Keeps those that are there; waits until no more than `may_wait` are left."""
    while _waiting and (len(_waiting) > may_wait or _waiting[0][1].query()):
        copy, done, subject = _waiting.popleft()
        done.synchronize()
        log_late(*subject, copy.item())


def _leave_to_parent() -> None:
    global _waiting
    _of_parents.append(_waiting)
    _waiting = deque()


atexit.register(settle)
os.register_at_fork(after_in_child=_leave_to_parent)
