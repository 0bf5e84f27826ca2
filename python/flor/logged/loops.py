"""Loops that tell the log where the program is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from _flor import log_loop_begins, log_loop_ends, log_loop_goes_on

Item = TypeVar("Item")


def loop(name: str, iterable: Iterable[Item]) -> Iterator[Item]:
    """Iterates over `iterable`; what is logged meanwhile is at an iteration of the loop `name`."""
    number = log_loop_begins(name)
    try:
        for index, item in enumerate(iterable):
            log_loop_goes_on(number, index, item)
            yield item
    finally:
        log_loop_ends(number)


@contextmanager
def iteration(name: str, index: int | None = None, value: object = None) -> Iterator[None]:
    """What is logged in the block is at iteration `index` of the loop `name`, a loop that is the program's own."""
    number = log_loop_begins(name)
    log_loop_goes_on(number, -1 if index is None else index, value)
    try:
        yield
    finally:
        log_loop_ends(number)
