"""What the runtime knows of one open execution, and what recording and replaying answer differently."""

from __future__ import annotations

from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from .arguments import HeldArguments
from .sites import Site

if TYPE_CHECKING:
    from .boundaries import Aim, Boundary

NOTHING = object()


class Execution:
    """One open execution of a loop or of a function that is more than counted.

    `covered_seconds` is how much of its time later runs can skip already, by the checkpoints of what ran inside it.
    `marks` are those of the functions that had run before in the execution around it.
    `held` is what a `return` will give once `with` and `finally` have run.
    `opening_seconds` is what the program had to wait while this was made.
    `left_in` is the iteration in which an exception left it, of a loop whose iterations are counted.
    `tells_iterations`: the session hears of boundaries before the iterations of this loop; `progress` is what it notes of them.
    """

    __slots__ = (
        "arguments",
        "before",
        "covered_seconds",
        "held",
        "left_in",
        "marks",
        "number",
        "opening_seconds",
        "progress",
        "site",
        "tells_iterations",
    )

    def __init__(self, site: Site, number: int, marks: int) -> None:
        self.site = site
        self.number = number
        self.marks = marks
        self.covered_seconds = 0.0
        self.before: Any = None
        self.held: Any = NOTHING
        self.arguments: HeldArguments | None = None
        self.opening_seconds = 0.0
        self.left_in: int | None = None
        self.tells_iterations = False
        self.progress: Any = None


class Position(NamedTuple):
    """An execution by its site and number; the iteration that runs, of a loop whose iterations are counted."""

    site: Site
    number: int
    iteration: int | None = None


class Skipped:
    """How a skipped execution ended when it was recorded."""

    __slots__ = (
        "exit_kind",
        "value",
    )

    def __init__(self, exit_kind: str, value: Any) -> None:
        self.exit_kind = exit_kind
        self.value = value


class Session(Protocol):
    """What recording and replaying answer differently. `frame` is the one the loop stands in, or that of the called function."""

    def skip(self, site: Site, number: int, frame: FrameType) -> Skipped | None: ...

    def begin(self, execution: Execution) -> None: ...

    def end(self, execution: Execution, exit_kind: str, seconds: float, frame: FrameType, value: Any) -> None: ...

    def boundary(self, execution: Execution, boundary: Boundary) -> Aim: ...

    def abandon(self, execution: Execution) -> None: ...

    def give_up(self, reason: str) -> None:
        """From here on nothing is followed."""
