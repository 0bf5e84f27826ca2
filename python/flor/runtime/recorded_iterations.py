"""Checkpoints between the iterations of a loop, while recording: whether to take one, and taking it.

A replay that has to execute such a loop can begin there, and one that need not can go on from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from ..state import collector, process, snapshot
from .boundaries import NEVER, Aim, Boundary
from .executions import Execution
from .sites import Site

if TYPE_CHECKING:
    from .recording import Recorder

# A state that could not be captured is looked at again ever more seldom: after 1, 2, 4, … further iterations.
MAX_BACKOFF_ITERATIONS = 1024


@dataclass
class Progress:
    """Of one execution: the length of the output before its first iteration, and, as of the last boundary with a checkpoint, or of
    the first, the last checkpoint and the seconds that none taken at an end covered.
    """

    ops: int
    checkpoint: int
    uncovered_seconds: float


class RecordedIterations:
    """The boundaries that a recording hears of."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def come(self, execution: Execution, boundary: Boundary) -> Aim:
        recorder = self._recorder
        if execution.progress is None:
            execution.progress = Progress(recorder.output.length, recorder.last_checkpoint, 0.0)
            return Aim()
        began = perf_counter()
        wait_seconds = self._considered(execution, boundary)
        if wait_seconds is None:
            return self._captured(execution, boundary, began)
        spent = perf_counter() - began
        assert recorder.runtime is not None
        recorder.core.followed(boundary.seconds, spent)
        recorder.runtime.lose(spent)
        return Aim(1, recorder.runtime.ledger.clock + wait_seconds)

    def _considered(self, execution: Execution, boundary: Boundary) -> float | None:
        """Seconds until it is worth another thought; None: a checkpoint pays."""
        seconds = boundary.uncovered_seconds - execution.progress.uncovered_seconds
        checkpoints = self._recorder.last_checkpoint - execution.progress.checkpoint
        wait_seconds = self._recorder.core.consider_boundary(execution.site.index, max(0.0, seconds), checkpoints)
        return None if wait_seconds < 0 else wait_seconds

    def _captured(self, execution: Execution, boundary: Boundary, began: float) -> Aim:
        recorder, site, number = self._recorder, execution.site, None
        recorder.waited_seconds = 0.0
        reason = recorder.obstacle(execution)
        aim = Aim() if reason is None else Aim(NEVER)  # what has happened in this execution stays so
        with collector.paused():
            try:
                if reason is None:
                    number, reason = self._taken(execution, boundary)
                    if reason is not None:
                        aim = Aim(min(2**site.boundaries_refused, MAX_BACKOFF_ITERATIONS))
            except Exception as error:  # the training must not fail because of us; the run says what happened
                reason, aim = f"florpy failed: {type(error).__name__}: {error}", Aim(NEVER)
                recorder.problems.append(f"{site.path}:{site.line}: {reason}")
        _note(site, number, reason)
        spent = perf_counter() - began - recorder.waited_seconds
        assert recorder.runtime is not None
        recorder.runtime.lose(spent)
        recorder.core.lost(site.index, spent, number is not None, True)
        if number is not None:
            execution.progress.checkpoint = number
            execution.progress.uncovered_seconds = boundary.uncovered_seconds
        return aim

    def _taken(self, execution: Execution, boundary: Boundary) -> tuple[int | None, str | None]:
        """The number of a checkpoint of the state as it is, or why there is none."""
        recorder = self._recorder
        recorder.waited_seconds = process.settle()
        taken = snapshot.take(
            recorder.project, boundary.frame, frozen=recorder.frozen, iterations=boundary.iterations, native=recorder.native
        )
        reason = taken.obstacle()
        if reason is not None:
            return None, reason
        assert recorder.runtime is not None
        recorder.runtime.tell_marks()
        place = {
            "iteration": boundary.number,
            "around": [[*one.site.key, one.number, one.iteration] for one in recorder.runtime.stack[:-1]],
            "seconds": boundary.seconds,
            "ops_began": execution.progress.ops,
        }
        return recorder.write(execution, place, taken), None


def _note(site: Site, number: int | None, reason: str | None) -> None:
    if number is not None:
        site.boundary_checkpoints += 1
        site.boundaries_refused, site.boundary_reason = 0, None
    elif reason is not None:
        site.boundaries_refused += 1
        site.boundary_reason = reason
