"""What is counted at the sites, and which executions are open: columns of numbers, which native code reads and writes as well.

Executions that are only counted and timed exist nowhere else, so that native code can open and close them
(`Sources/CPython/Shortcut.c`, which knows the order of `columns()`, the flags and the places in `state`).
"""

from __future__ import annotations

import mmap
from time import perf_counter
from typing import NamedTuple

MAX_SITES = 1 << 18
MAX_OPEN = 1 << 18

# Flags of a site. It is light: counted and timed, and nothing else; retired; may be skipped in principle; may be retired.
LIGHT, RETIRED, SKIPPABLE, RETIRABLE = 1, 2, 4, 8
# Flags of an open execution. It is more than counted; a loop that ended by itself; a call that holds its value; a loop whose
# iterations are counted.
FOLLOWED, EXHAUSTED, HELD, ITERATED = 1, 2, 4, 8
# The clock is looked at about this often, but at least after so many iterations.
LOOK_SECONDS, LONGEST_STEP = 0.0005, 64
# Places in `state`.
DEPTH, IS_INERT, WAS_EXHAUSTED = 0, 1, 2


class Opened(NamedTuple):
    """An open execution. `began` and the time that passes are by the ledger's clock; `frame` is 0 where nobody looked."""

    site: int
    number: int
    began: float
    covered_seconds: float
    flags: int
    frame: int


class Ledger:
    """The columns. Those named `open_` are of the open executions, the outermost first; all others are of the sites.

    Of a loop whose iterations are counted, `open_count` is how many have begun. The session hears of the boundary before the
    `open_until`-th next one, if the clock has come to `open_due`; until then the clock is looked at (`open_looked`) after every
    `open_step` iterations, which are so few that they take no time to speak of.
    """

    def __init__(self) -> None:
        self.state = _integers(3)
        self.lost = _floats(1)
        self.begun = _integers(MAX_SITES)
        self.ended = _integers(MAX_SITES)
        self.seconds = _floats(MAX_SITES)
        self.flags = _zeros(MAX_SITES)
        self.look_at = _integers(MAX_SITES)
        self.open_site = _integers(MAX_OPEN)
        self.open_number = _integers(MAX_OPEN)
        self.open_began = _floats(MAX_OPEN)
        self.open_covered = _floats(MAX_OPEN)
        self.open_flags = _zeros(MAX_OPEN)
        self.open_frame = _integers(MAX_OPEN)
        self.open_count = _integers(MAX_OPEN)
        self.open_until = _integers(MAX_OPEN)
        self.open_step = _integers(MAX_OPEN)
        self.open_looked = _floats(MAX_OPEN)
        self.open_due = _floats(MAX_OPEN)

    def columns(self) -> tuple[memoryview[int] | memoryview[float], ...]:
        return tuple(vars(self).values())

    @property
    def clock(self) -> float:
        """Seconds that the program had for itself: what florpy lost is no time of an execution."""
        return perf_counter() - self.lost[0]

    @property
    def depth(self) -> int:
        return self.state[DEPTH]

    def push(self, site: int, number: int, flags: int = 0, frame: int = 0) -> None:
        place = self.state[DEPTH]
        self.open_site[place], self.open_number[place] = site, number
        self.open_covered[place] = 0.0
        self.open_flags[place], self.open_frame[place] = flags, frame
        if flags & ITERATED:
            self.open_count[place] = 0
            self.aim(place, 1, 0.0)
        self.state[DEPTH] = place + 1
        self.open_began[place] = self.clock

    def aim(self, place: int, iterations: int, due: float) -> None:
        """The session is to hear of the boundary so many iterations further on, but not before the clock comes to `due`."""
        self.open_until[place], self.open_due[place] = iterations, due
        self.open_step[place], self.open_looked[place] = 1, 0.0

    def passes_by(self, place: int) -> bool:
        """An iteration begins. Whether the session need not hear of it; then it is counted."""
        if self.open_until[place] <= 1:
            now = self.clock
            if now >= self.open_due[place]:
                return False
            is_quick = now - self.open_looked[place] < LOOK_SECONDS
            step = self.open_step[place]
            self.open_step[place] = min(2 * step, LONGEST_STEP) if is_quick else max(step // 2, 1)
            self.open_looked[place] = now
            self.open_until[place] = self.open_step[place] + 1
        self.open_until[place] -= 1
        self.open_count[place] += 1
        return True

    def pop(self) -> Opened:
        place = self.state[DEPTH] - 1
        self.state[DEPTH] = place
        return self.opened(place)

    def opened(self, place: int) -> Opened:
        return Opened(
            self.open_site[place],
            self.open_number[place],
            self.open_began[place],
            self.open_covered[place],
            self.open_flags[place],
            self.open_frame[place],
        )

    def find(self, site: int, frame: int) -> int | None:
        """The place of the innermost open execution of a site in a frame."""
        for place in reversed(range(self.depth)):
            if self.open_site[place] == site and self.open_frame[place] in (0, frame):
                return place
        return None


def _integers(count: int) -> memoryview[int]:
    return _zeros(8 * count).cast("q")


def _floats(count: int) -> memoryview[float]:
    return _zeros(8 * count).cast("d")


def _zeros(size: int) -> memoryview[int]:
    """Memory of which only those pages are taken that somebody writes to."""
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    return memoryview(memory)
