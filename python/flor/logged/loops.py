"""Loops that tell the log where the program is, and tell whoever takes checkpoints when an iteration has ended."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol, TypeVar

from _flor import log_loop_begins, log_loop_ends, log_loop_goes_on

Item = TypeVar("Item")


class OpenLoop:
    """A loop that runs: `index` is the iteration from 0, -1 where it is not known, and `item` what it has of the iterable."""

    __slots__ = ("index", "item", "name", "watcher")

    def __init__(self, name: str) -> None:
        self.name = name
        self.index = -1
        self.item: object = None
        self.watcher: Watcher | None = None


class Watcher(Protocol):
    """Hears of the loops that begin while it is there, until they end. Of the main thread."""

    def begins(self, loop: OpenLoop, frame: FrameType) -> None: ...

    def iteration_ends(self, loop: OpenLoop) -> None: ...

    def ends(self, loop: OpenLoop) -> None: ...


# Those of the main thread, the outermost first.
open_loops: list[OpenLoop] = []
watcher: Watcher | None = None


def loop(name: str, iterable: Iterable[Item]) -> Iterator[Item]:
    """Iterates over `iterable`; what is logged meanwhile is at an iteration of the loop `name`."""
    number = log_loop_begins(name)
    here = _begun(name, sys._getframe(1))
    try:
        for index, item in enumerate(iterable):
            log_loop_goes_on(number, index, item)
            here.index, here.item = index, item
            yield item
            if here.watcher is not None:
                here.watcher.iteration_ends(here)
    finally:
        _end(here)
        log_loop_ends(number)


@contextmanager
def iteration(name: str, index: int | None = None, value: object = None) -> Iterator[None]:
    """What is logged in the block is at iteration `index` of the loop `name`, a loop that is the program's own."""
    number = log_loop_begins(name)
    log_loop_goes_on(number, -1 if index is None else index, value)
    here = _begun(name, sys._getframe(2))  # behind the function of `contextlib`
    here.index, here.item = -1 if index is None else index, value
    try:
        yield
        if here.watcher is not None:
            here.watcher.iteration_ends(here)
    finally:
        _end(here)
        log_loop_ends(number)


def _begun(name: str, frame: FrameType) -> OpenLoop:
    here = OpenLoop(name)
    if threading.get_ident() == threading.main_thread().ident:
        open_loops.append(here)
        if watcher is not None:
            watcher.begins(here, frame)
            here.watcher = watcher
    return here


def _end(here: OpenLoop) -> None:
    # Not always the innermost: a generator may be closed late.
    if here in open_loops:
        open_loops.remove(here)
    if here.watcher is not None:
        here.watcher.ends(here)
