"""The session of a process that resumes a run: it skips to a checkpoint, and records from there on (`docs/resume.md`)."""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
from typing import Any

from .boundaries import NEVER, Aim, Boundary
from .executions import Execution, Skipped
from .loops import LoopRuntime
from .recorded_iterations import Progress
from .recording import Recorder
from .replaying import Replayer
from .sites import FunctionMarks, Site

Manifest = dict[str, Any]


class Unresumable(Exception):
    """The process cannot go on as the recorded one would have."""


class Way:
    """The part of the program before a checkpoint, for `Replayer`: nobody looks at what is done there."""

    is_on_the_way = True

    def __init__(self, checkpoint: int, arrived: Callable[[], None]) -> None:
        self.checkpoint, self._arrived = checkpoint, arrived

    def leaves_to_others(self, checkpoint: int) -> bool:
        return checkpoint <= self.checkpoint

    def reaches(self, checkpoint: int) -> bool:
        return checkpoint <= self.checkpoint

    def passed(self, checkpoint: int) -> None:
        if checkpoint == self.checkpoint:
            self._arrived()


class Resumer:
    """First a `Replayer`, then a `Recorder`. `position` says where the program is in the recorded output, on the way."""

    def __init__(self, replayer: Replayer, recorder: Recorder, position: Callable[[], int]) -> None:
        self._replayer, self._recorder, self._position = replayer, recorder, position
        self.is_on_the_way = True

    @property
    def _session(self) -> Replayer | Recorder:
        return self._replayer if self.is_on_the_way else self._recorder

    def skip(self, site: Site, number: int, frame: FrameType) -> Skipped | None:
        return self._session.skip(site, number, frame)

    def begin(self, execution: Execution) -> None:
        self._recorder.begin(execution)
        if self.is_on_the_way:
            # It may be open at the hand-over, and is recorded then.
            execution.before = (self._position(), *execution.before[1:])

    def boundary(self, execution: Execution, boundary: Boundary) -> Aim:
        if not self.is_on_the_way:
            return self._recorder.boundary(execution, boundary)
        if not self._replayer.jumps.concern(execution):
            return Aim(NEVER)
        aim = self._replayer.boundary(execution, boundary)
        return aim if self.is_on_the_way else Aim()

    def end(self, execution: Execution, exit_kind: str, seconds: float, frame: FrameType, value: Any) -> None:
        self._session.end(execution, exit_kind, seconds, frame, value)

    def abandon(self, execution: Execution) -> None:
        self._session.abandon(execution)

    def give_up(self, reason: str) -> None:
        self._recorder.give_up(reason)

    def hand_over(self, runtime: LoopRuntime, manifest: Manifest) -> None:
        """From here on the program is recorded, as the one that took this checkpoint would have been."""
        recorder = self._recorder
        recorder.last_checkpoint = manifest["checkpoint"]
        _take_over_statistics(runtime, recorder.marks, manifest)
        for execution in runtime.followed:
            execution.progress = Progress(execution.before[0], manifest["checkpoint"], 0.0)
        self.is_on_the_way = False


def _take_over_statistics(runtime: LoopRuntime, marks: FunctionMarks, manifest: Manifest) -> None:
    """Counts go on from the checkpoint's; what had run by then counts as having run in everything that is open."""
    ran = _marks(runtime, manifest["ran"], [])
    for entry in manifest["statistics"]:
        path, ordinal = entry["site"]
        site = runtime.sites.find((path, ordinal))
        if site is None:
            raise Unresumable(f"{path} was loaded by then, and is not now")
        site.take_over(entry["executions"], entry["seconds"], entry["checkpoints"])
        site.ran |= _marks(runtime, entry["ran"], entry.get("logged", []))
        ran |= site.ran
    marks.put(ran)


def _marks(runtime: LoopRuntime, functions: dict[str, list[int]], levels: list[int]) -> int:
    found = FunctionMarks.of_levels(levels)
    for path, ordinals in functions.items():
        for ordinal in ordinals:
            site = runtime.sites.find((path, ordinal))
            if site is None:
                raise Unresumable(f"{path} was loaded by then, and is not now")
            found |= FunctionMarks.mark(site.index)
    return found
