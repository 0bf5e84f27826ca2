"""Loop sites while they run, and which functions ran under them."""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field

MAX_FUNCTIONS = 1 << 16


@dataclass
class Site:
    """One loop statement of the project, with what was measured there. `ran` is a bit set of function numbers."""

    index: int
    path: str
    ordinal: int
    line: int
    function: str
    begun: int = 0
    ended: int = 0
    seconds: float = 0.0
    checkpoints: int = 0
    ran: int = 0
    reason: str | None = None
    refused: int = 0
    is_light: bool = False

    @property
    def key(self) -> tuple[str, int]:
        return self.path, self.ordinal


@dataclass
class FunctionMarks:
    """`RAN[f] = 1` at the start of each project function, in memory that forked children share.

    An `mmap` object and not a `bytearray`: it becomes a constant of code objects, and those must be hashable.
    """

    memory: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, MAX_FUNCTIONS))
    names: list[tuple[str, int]] = field(default_factory=list)

    def add(self, path: str, ordinal: int) -> int:
        """The number of a function in this process."""
        self.names.append((path, ordinal))
        return len(self.names) - 1

    def take(self) -> int:
        """The marks set since the last `take`, as a bit set of bytes; they are cleared."""
        count = len(self.names)
        marks = int.from_bytes(self.memory[:count], "little")
        if marks:
            self.memory[:count] = bytes(count)
        return marks

    def put(self, marks: int) -> None:
        """Sets marks again, in addition to those that are set."""
        if marks:
            count = len(self.names)
            marks |= int.from_bytes(self.memory[:count], "little")
            self.memory[:count] = marks.to_bytes(count, "little")

    def functions(self, marks: int) -> dict[str, list[int]]:
        """The marked functions as {path: [ordinal, …]}."""
        found: dict[str, list[int]] = {}
        for number, byte in enumerate(marks.to_bytes(len(self.names), "little")):
            if byte:
                path, ordinal = self.names[number]
                found.setdefault(path, []).append(ordinal)
        return {path: sorted(ordinals) for path, ordinals in sorted(found.items())}
