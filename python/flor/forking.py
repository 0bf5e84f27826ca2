"""The warning that Python gives at a fork of a process with threads, from 3.12 on.

A checkpoint that is being written has a thread, which the script knows nothing of: the warning would be our doing.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Any


def settle_before_forks(settle: Callable[[], object]) -> None:
    """`settle` is called before a fork of which the script would see a warning; it returns when our thread is gone."""

    def before() -> None:
        if _would_warn(sys._getframe(1)):
            settle()

    if sys.version_info >= (3, 12):
        os.register_at_fork(before=before)


def _would_warn(frame: FrameType) -> bool:
    """Whether a fork by `frame` would be warned of where the script sees it, if the process had threads."""
    text = f"This process (pid={os.getpid()}) is multi-threaded, use of fork() may lead to deadlocks in the child."
    module = frame.f_globals.get("__name__") or "<unknown>"
    for action, message, category, where, line in warnings.filters:
        if (
            _matches(message, text)
            and issubclass(DeprecationWarning, category)
            and _matches(where, module)
            and line in (0, frame.f_lineno)
        ):
            return action != "ignore"
    return True


def _matches(pattern: Any, text: str) -> bool:
    """As the interpreter does: its own filters hold strings, those of the module `warnings` regular expressions."""
    if isinstance(pattern, str):
        return pattern == text
    return pattern is None or pattern.match(text) is not None
