"""The boundaries before a loop's iterations: where they are counted, and where the session hears of one.

A boundary is where the iterator of a `for` is asked for its next item, or the condition of a `while` is about to be evaluated. Its
number says how many iterations lie behind it. Of executions that are only counted nobody counts the iterations.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any, NamedTuple, Protocol

from .executions import Execution
from .ledger import ITERATED, Ledger

NEVER = 1 << 62


class Aim(NamedTuple):
    """Which boundary of an execution the session wants to hear of next: so many iterations further, once `due` has come."""

    iterations: int = 1
    due: float = 0.0


class Source(Protocol):
    """Stands between a `for` and its iterator, which can be exchanged."""

    source: Any


@dataclass
class Boundary:
    """A boundary that has come. `seconds` is what the execution has taken; of that, the ends of loops and calls in it do not cover
    `uncovered_seconds`. `iterations` is None of a `while`. Where a checkpoint is restored, the number is another one from then on.
    """

    number: int
    seconds: float
    uncovered_seconds: float
    frame: FrameType
    iterations: Source | None


class Runtime(Protocol):
    """What is asked of the loop runtime."""

    ledger: Ledger

    def is_elsewhere(self) -> bool: ...

    def execution_at(self, place: int) -> Execution | None: ...

    def drop_above(self, place: int) -> None: ...


class Boundaries:
    """What rewritten loops call before their iterations. `at_boundary` is the session's."""

    def __init__(self, runtime: Runtime, at_boundary: Callable[[Execution, Boundary], Aim]) -> None:
        self._runtime, self._at_boundary = runtime, at_boundary
        self._ledger = runtime.ledger

    def functions(self) -> dict[str, Any]:
        return {"iterate": self.iterate, "boundary": self.boundary}

    def iterate(self, index: int, iterable: Any) -> Any:
        """What a `for` goes through instead of `iterable`, in the execution that was just entered."""
        ledger, place = self._ledger, self._ledger.depth - 1
        if self._runtime.is_elsewhere() or place < 0 or ledger.open_site[place] != index:
            return iterable
        if not ledger.open_flags[place] & ITERATED:
            return iterable
        return Iterations(self, iter(iterable), index, ledger.open_number[place])

    def boundary(self, index: int, iterations: Source | None = None) -> bool:
        """Before the condition of a `while`; of a `for` where there is more to do than to count. False: the condition decides."""
        if not self._runtime.is_elsewhere():
            self.come(index, sys._getframe(1), iterations)
        return False

    def come(self, index: int, frame: FrameType, iterations: Source | None) -> None:
        ledger = self._ledger
        place = ledger.find(index, id(frame))
        if place is None or not ledger.open_flags[place] & ITERATED or ledger.passes_by(place):
            return
        self._runtime.drop_above(place)
        execution = self._runtime.execution_at(place)
        if execution is None:
            return
        seconds = ledger.clock - ledger.open_began[place]
        uncovered_seconds = max(0.0, seconds - ledger.open_covered[place])
        boundary = Boundary(ledger.open_count[place], seconds, uncovered_seconds, frame, iterations)
        ledger.open_count[place] += 1
        aim = self._at_boundary(execution, boundary)
        ledger.open_count[place] = boundary.number + 1
        ledger.aim(place, *aim)

    def hear_of_all(self) -> None:
        """What the session wants to know has changed: it hears of the next boundary of each open execution."""
        for place in range(self._ledger.depth):
            if self._ledger.open_flags[place] & ITERATED:
                self._ledger.aim(place, 1, 0.0)


class Iterations:
    """The iterator of a followed `for` loop, which tells the boundaries; a native one takes its place where there is one."""

    __slots__ = ("_boundaries", "_index", "_number", "source")

    def __init__(self, boundaries: Boundaries, source: Iterator[Any], index: int, number: int) -> None:
        self._boundaries, self._index, self._number = boundaries, index, number
        self.source = source

    def __iter__(self) -> Iterations:
        return self

    def __next__(self) -> Any:
        if not self._boundaries._runtime.is_elsewhere():
            self._boundaries.come(self._index, sys._getframe(1), self)
        return next(self.source)
