"""The segments of a replay that this worker executes; `docs/replay.md` has the protocol.

A segment runs from one checkpoint to another. On the way to it the worker restores also what would have to run: others do
that, and print it. What the worker writes on the way is nobody's; the supervisor throws it away.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

# The descriptor is the supervisor's line; a message is a line of text, so is its answer.
_MESSAGE_BYTES = 256


class Orders(Protocol):
    """What the supervisor answers."""

    def passed(self, checkpoint: int) -> tuple[int, int | None] | None:
        """The next segment, now that everything up to there is done; None: there is none."""

    def began(self) -> None:
        """From here on everything that is written belongs to the segment."""

    def lost(self, why: str) -> None:
        """The worker is not where it should be."""

    def shows(self, shown: bool) -> None:
        """Whether what is written from here on is to be seen."""

    def finished(self) -> None:
        """Nothing that comes later is to be seen."""


class OrderLine:
    """Orders over a descriptor. `flush` makes everything that was written leave this process."""

    def __init__(self, descriptor: int, flush: Callable[[], None]) -> None:
        os.set_inheritable(descriptor, False)
        self._descriptor = descriptor
        self._flush = flush

    def passed(self, checkpoint: int) -> tuple[int, int | None] | None:
        answer = self._ask(f"passed {checkpoint}")
        if answer == "leave":
            return None
        begin, end = answer.split()
        return int(begin), None if end == "-" else int(end)

    def began(self) -> None:
        self._ask("began")

    def lost(self, why: str) -> None:
        self._ask(f"lost {why}")

    def shows(self, shown: bool) -> None:
        self._ask("shown" if shown else "hidden")

    def finished(self) -> None:
        self._ask("finished")

    def _ask(self, text: str) -> str:
        self._flush()
        os.write(self._descriptor, text.encode()[:_MESSAGE_BYTES])
        answer = os.read(self._descriptor, _MESSAGE_BYTES).decode()
        if not answer:  # the supervisor is gone, and this process is about to be
            os._exit(1)
        return answer


class WholeProgram:
    """The segments of a worker that has no others beside it."""

    is_on_the_way = False

    def leaves_to_others(self, checkpoint: int) -> bool:
        return False

    def reaches(self, checkpoint: int) -> bool:
        return True

    def passed(self, checkpoint: int) -> None:
        """Nobody waits for that."""


class Segments:
    """One segment after the other, as they are handed out, which is in program order.

    `report` keeps what was found so far, for the case that this process is killed later; `leave` ends the process.
    """

    def __init__(self, orders: Orders, report: Callable[[], None], leave: Callable[[], None]) -> None:
        self.orders = orders
        self._report = report
        self._leave = leave
        self._begin = 0
        self._end: int | None = None
        self._is_on_the_way = False

    def start(self) -> None:
        self._next(0)

    @property
    def is_on_the_way(self) -> bool:
        """Whether what the program does now is another worker's to tell of."""
        return self._is_on_the_way

    def leaves_to_others(self, checkpoint: int) -> bool:
        """Whether what ends there is executed, and its output printed, by others or before."""
        return self._is_on_the_way and checkpoint <= self._begin

    def reaches(self, checkpoint: int) -> bool:
        """Whether to restore that checkpoint passes over neither the beginning nor the end of the segment."""
        limit = self._begin if self._is_on_the_way else self._end
        return limit is None or checkpoint <= limit

    def passed(self, checkpoint: int) -> None:
        """The program is where that checkpoint was taken."""
        if self._is_on_the_way:
            if checkpoint == self._begin:
                self._is_on_the_way = False
                self.orders.began()
            elif checkpoint > self._begin:
                self.orders.lost(f"checkpoint {self._begin} was passed by")
        elif self._end is not None and checkpoint >= self._end:
            if checkpoint > self._end:
                self.orders.lost(f"checkpoint {self._end} was passed by")
            self._report()
            self._next(checkpoint)

    def _next(self, passed: int) -> None:
        segment = self.orders.passed(passed)
        if segment is None:
            self._leave()
            return
        self._begin, self._end = segment
        self._is_on_the_way = self._begin != passed
