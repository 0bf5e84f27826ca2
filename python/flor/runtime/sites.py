"""The sites of the project while they run, and which functions ran under them."""

from __future__ import annotations

import mmap
from array import array
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ..logs.asked import ASKED_LEVELS
from ..rewrite import FunctionSite, Kind, LoopSite, Rewritten
from .ledger import LIGHT, MAX_SITES, RETIRABLE, RETIRED, SKIPPABLE, Ledger

# A file of the project and the ordinal in it.
SiteKey = tuple[str, int]

# The flags that a site begins with.
_FLAGS = {
    Kind.NONE: 0,
    Kind.LOOP: SKIPPABLE,
    Kind.CALL: SKIPPABLE,
    Kind.CALL_NEVER_SKIPPED: LIGHT,
    Kind.RETIRABLE_CALL: SKIPPABLE | RETIRABLE,
    Kind.RETIRABLE_CALL_NEVER_SKIPPED: LIGHT | RETIRABLE,
}
_FLAGS_OF_KINDS = bytes(_FLAGS[kind] for kind in Kind).ljust(256, b"\0")


class Site:
    """One loop or function of the project, with what was measured there. What is counted lies in the ledger.

    A *light* site is counted and timed, and nothing else is done for it; a *retired* one not even that. `look_at` is how many of
    a function's calls end until it is considered for retirement. `ran` is a set of marks. `followed` counts the executions that
    were more than counted, `passed_over` those without a checkpoint for another reason than the policy's. `rest` is how many of
    its next executions are only counted, however long they are. What is said of boundaries is of those between iterations.
    """

    def __init__(self, ledger: Ledger, index: int, path: str, text: LoopSite | FunctionSite) -> None:
        self._ledger, self.index, self.path = ledger, index, path
        self.ordinal, self.line, self.end_line, self.function = text.ordinal, text.line, text.end_line, text.function
        self.is_call = isinstance(text, FunctionSite)
        self.skip_refusal = text.refusal or text.skip_refusal if isinstance(text, FunctionSite) else None
        self.reason = self.skip_refusal
        self.checkpoints = 0
        self.boundary_checkpoints = 0
        self.boundaries_refused = 0
        self.boundary_reason: str | None = None
        self.ran = 0
        self.refused = 0
        self.followed = 0
        self.rest = 0
        self.passed_over: Counter[str] = Counter()

    @property
    def key(self) -> SiteKey:
        return self.path, self.ordinal

    @property
    def is_followed(self) -> bool:
        """Whether an execution of some length is of interest."""
        return self.skip_refusal is None and not self.is_retired

    @property
    def has_checkpoints(self) -> bool:
        return self.checkpoints + self.boundary_checkpoints > 0

    @property
    def begun(self) -> int:
        return self._ledger.begun[self.index]

    @begun.setter
    def begun(self, count: int) -> None:
        self._ledger.begun[self.index] = count

    @property
    def ended(self) -> int:
        return self._ledger.ended[self.index]

    @property
    def seconds(self) -> float:
        return self._ledger.seconds[self.index]

    def take_over(self, ended: int, seconds: float, checkpoints: int) -> None:
        """What an earlier process has counted, in place of what this one has."""
        self._ledger.ended[self.index], self._ledger.seconds[self.index] = ended, seconds
        self.checkpoints = checkpoints

    def count(self, seconds: float) -> None:
        """One more execution has ended."""
        self._ledger.ended[self.index] += 1
        self._ledger.seconds[self.index] += seconds

    @property
    def is_light(self) -> bool:
        return self._has(LIGHT)

    @is_light.setter
    def is_light(self, is_light: bool) -> None:
        self._set(LIGHT, is_light)

    @property
    def is_retired(self) -> bool:
        return self._has(RETIRED)

    @is_retired.setter
    def is_retired(self, is_retired: bool) -> None:
        self._set(RETIRED, is_retired)

    @property
    def is_retirable(self) -> bool:
        return self._has(RETIRABLE)

    @is_retirable.setter
    def is_retirable(self, is_retirable: bool) -> None:
        self._set(RETIRABLE, is_retirable)

    @property
    def look_at(self) -> int:
        return self._ledger.look_at[self.index]

    @look_at.setter
    def look_at(self, count: int) -> None:
        self._ledger.look_at[self.index] = count

    def _has(self, flag: int) -> bool:
        return self._ledger.flags[self.index] & flag != 0

    def _set(self, flag: int, is_set: bool) -> None:
        flags = self._ledger.flags[self.index]
        self._ledger.flags[self.index] = flags | flag if is_set else flags & ~flag


class TooManySites(Exception):
    """A project with more loops and functions than there is room for."""


class Sites:
    """All sites of the process by index: those of a file lie side by side, each at its ordinal.

    A `Site` is made when somebody asks for it.

    `first_look`: how many calls of a function end until it is considered for retirement for the first time.
    """

    def __init__(self, ledger: Ledger, first_look: int) -> None:
        self._ledger = ledger
        self._first_look = first_look
        self._starts: list[int] = []
        self._files: list[tuple[str, Rewritten]] = []
        self._made: dict[int, Site] = {}
        self.count = 0
        self.on_new: Callable[[Site], None] = _ignore

    def add_file(self, path: str, rewritten: Rewritten) -> int:
        """The index that the file's ordinals are to be added to."""
        start, flags = self.count, rewritten.kinds.translate(_FLAGS_OF_KINDS)
        if start + len(flags) > MAX_SITES:
            raise TooManySites(f"{path}: florpy follows {MAX_SITES} loops and functions at most")
        self.count = start + len(flags)
        self._ledger.flags[start : self.count] = flags
        self._ledger.look_at[start : self.count] = array("q", (self._first_look,)) * len(flags)
        self._starts.append(start)
        self._files.append((path, rewritten))
        return start

    def __getitem__(self, index: int) -> Site:
        site = self._made.get(index)
        if site is None:
            file = bisect(self._starts, index) - 1
            path, rewritten = self._files[file]
            text = rewritten.site(index - self._starts[file])
            site = self._made[index] = Site(self._ledger, index, path, text)
            self.on_new(site)
        return site

    def __iter__(self) -> Iterator[Site]:
        for start, (_, rewritten) in zip(list(self._starts), list(self._files), strict=True):
            yield from (self[start + ordinal] for ordinal in rewritten.ordinals)

    def executions_begun(self, key: SiteKey) -> int:
        """How many executions of a site have begun; none of one in a file that was not loaded."""
        path, ordinal = key
        counts = (self._ledger.begun[start + ordinal] for start, (one, _) in zip(self._starts, self._files) if one == path)
        return next(filter(None, counts), 0)

    def find(self, key: SiteKey) -> Site | None:
        """The site of that key; None where its file was not loaded."""
        path, ordinal = key
        starts = (start for start, (one, _) in zip(self._starts, self._files) if one == path)
        start = next(starts, None)
        return None if start is None else self[start + ordinal]

    def begun(self) -> list[Site]:
        """Those of which an execution has begun."""
        begun = self._ledger.begun[: self.count].tolist()
        return [self[index] for index, count in enumerate(begun) if count]

    def loops_in(self, function: Site) -> list[Site]:
        """The loops in a function's text."""
        file = bisect(self._starts, function.index) - 1
        start, rewritten = self._starts[file], self._files[file][1]
        lines = range(function.line, function.end_line + 1)
        return [self[start + loop.ordinal] for loop in rewritten.loops if loop.line in lines]


def _ignore(site: Site) -> None:
    """Where nobody wants to know."""


@dataclass
class FunctionMarks:
    """`RAN[f] = 1` when a project function starts, in memory that forked children share; `f` is its index as a site.

    `asked` is the same for logging: a byte for each of `ASKED_LEVELS` (`flor/logs/asked.py`).
    An `mmap` object and not a `bytearray`: it becomes a constant of code objects, and those must be hashable.
    """

    memory: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, MAX_SITES))
    asked: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, len(ASKED_LEVELS)))
    sites: Sites | None = None

    @property
    def _count(self) -> int:
        return 0 if self.sites is None else self.sites.count

    @staticmethod
    def mark(number: int) -> int:
        """The set of one mark."""
        return 1 << (8 * (len(ASKED_LEVELS) + number))

    @staticmethod
    def of_levels(levels: list[int]) -> int:
        """The set of the marks of levels that were asked for."""
        return sum(1 << (8 * ASKED_LEVELS.index(level)) for level in levels)

    def take(self) -> int:
        """The marks set since the last `take`, as a bit set of bytes; they are cleared."""
        count = self._count
        marks = int.from_bytes(self.asked[:] + self.memory[:count], "little")
        if marks:
            self._set(bytes(len(ASKED_LEVELS) + count))
        return marks

    def put(self, marks: int) -> None:
        """Sets marks again, in addition to those that are set."""
        if marks:
            count = self._count
            marks |= int.from_bytes(self.asked[:] + self.memory[:count], "little")
            self._set(marks.to_bytes(len(ASKED_LEVELS) + count, "little"))

    def _set(self, marks: bytes) -> None:
        self.asked[:] = marks[: len(ASKED_LEVELS)]
        self.memory[: len(marks) - len(ASKED_LEVELS)] = marks[len(ASKED_LEVELS) :]

    def functions(self, marks: int) -> dict[str, list[int]]:
        """The marked functions as {path: [ordinal, …]}."""
        found: dict[str, list[int]] = {}
        data = marks.to_bytes(len(ASKED_LEVELS) + self._count, "little")[len(ASKED_LEVELS) :]
        number = data.find(1)
        while number >= 0:
            assert self.sites is not None
            site = self.sites[number]
            found.setdefault(site.path, []).append(site.ordinal)
            number = data.find(1, number + 1)
        return {path: sorted(ordinals) for path, ordinals in sorted(found.items())}

    @staticmethod
    def levels(marks: int) -> list[int]:
        """The levels of logging that were asked for (`ASKED_LEVELS`)."""
        return [level for place, level in enumerate(ASKED_LEVELS) if marks & (1 << (8 * place))]
