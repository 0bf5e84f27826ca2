"""Which levels of logging the program asked for, and where: a replay may be told to show what was suppressed.

Each log statement asks its logger whether it is to be heard, also those of libraries. What was asked is noted as the functions are
that ran: by a mark, which the execution that is open then takes with it.
"""

from __future__ import annotations

import functools
import mmap
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Protocol

# What was heard; and what was not, each time with the highest level that the mark stands for.
HEARD = 0
_HIGHEST = 1000
ASKED_LEVELS = (HEARD, 10, 20, 30, 40, 50, _HIGHEST)


class AfterImport(Protocol):
    """Calls back once a module is there."""

    def watch(self, name: str, callback: Callable[[ModuleType], None]) -> None: ...


def watch(after: AfterImport, asked: mmap.mmap) -> None:
    """Has loggers leave their marks in `asked`, a byte for each of `ASKED_LEVELS`."""
    after.watch("logging", lambda module: _note_levels(module, asked))


def _note_levels(logging: Any, asked: mmap.mmap) -> None:
    is_enabled = logging.Logger.isEnabledFor

    @functools.wraps(is_enabled)
    def is_enabled_for(self: Any, level: int) -> bool:
        enabled: bool = is_enabled(self, level)
        if not enabled:
            asked[_place(level)] = 1
            return enabled
        asked[0] = 1
        for handler in handlers_of(logging, self):
            if level < handler.level:
                asked[_place(level)] = 1
        return enabled

    logging.Logger.isEnabledFor = part_of_logging(logging, is_enabled_for)


def _place(level: float) -> int:
    """The mark of a level that was not heard."""
    return min(max(1, int(-(-level // 10))), len(ASKED_LEVELS) - 1)


def handlers_of(logging: Any, logger: Any) -> Iterator[Any]:
    """Those that a logger's records go to."""
    found = False
    while logger:
        for handler in logger.handlers:
            found = True
            yield handler
        logger = logger.parent if logger.propagate else None
    if not found and logging.lastResort is not None:
        yield logging.lastResort


def part_of_logging(logging: Any, function: Any) -> Any:
    """Gives a function the file name of `logging`, by which that tells its own frames from the program's."""
    function.__code__ = function.__code__.replace(co_filename=logging.Logger.debug.__code__.co_filename)
    return function
