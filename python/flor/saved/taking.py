"""Takes checkpoints of named objects where iterations end, if the policy says so. Nothing in here raises: the training goes on."""

from __future__ import annotations

import os
import sys
from time import perf_counter
from typing import Any

import _flor

from ..forking import settle_before_forks
from ..logged import loops, opening
from ..logged.loops import OpenLoop
from ..state import collector, process, referrers
from ..state.frozen import FrozenItems
from . import named
from .places import Block, Place, positions
from .sites import Execution, Line, Sites, line_of

# A state that could not be captured is looked at again ever more seldom: after 1, 2, 4, … further iterations.
MAX_BACKOFF_ITERATIONS = 1024

# Those of this process's run; made with its first loop in a block.
_sites: Sites | None = None


class _Open:
    """A loop that runs in the block; `step` is the one at which its running iteration began."""

    __slots__ = ("execution", "loop", "step")

    def __init__(self, loop: OpenLoop, execution: Execution, step: int) -> None:
        self.loop, self.execution, self.step = loop, execution, step


class Taker:
    """Takes the checkpoints of one block, which is a watcher of its loops."""

    def __init__(self, objects: dict[str, Any], overhead: float | None, block: Block, line: Line) -> None:
        self._objects, self._overhead, self._block, self._line = objects, overhead, block, line
        self.step = 0  # how many iterations have ended
        self._frozen = FrozenItems(_flor.same_items)
        self._whole: Execution | None = None  # of the block itself
        self._open: list[_Open] = []
        self._is_stopped = False
        self._is_newer = False  # than the last checkpoint
        self._covered_at = self._due_at = perf_counter()
        self._refusals = self._passing_over = 0

    def begins(self, loop: OpenLoop, frame: Any) -> None:
        if self._is_stopped:
            return
        try:
            if self._whole is None:
                self._begin()
            if _sites is not None and self._whole is not None:
                self._open.append(_Open(loop, _sites.begin(line_of(frame), "for"), self.step))
        except Exception as error:  # the training must not fail because of us
            self._stop(f"{type(error).__name__}: {error}")

    def iteration_ends(self, loop: OpenLoop) -> None:
        innermost = self._open[-1] if self._open else None
        if innermost is None or innermost.loop is not loop:
            innermost = self._innermost(loop)
            if innermost is None:
                return
        innermost.execution.iterations += 1
        if self.step == innermost.step:  # no loop inside of it has counted
            self.step += 1
        innermost.step = self.step
        self._is_newer = True
        if perf_counter() >= self._due_at and not self._is_stopped:
            self._consider(innermost.execution)

    def _innermost(self, loop: OpenLoop) -> _Open | None:
        """Where the loop is told of, as the innermost one: what an exception has left inside of it may still wait to be closed."""
        if not any(one.loop is loop for one in self._open):
            return None
        while self._open[-1].loop is not loop:
            self._open.pop().execution.end()
        return self._open[-1]

    def ends(self, loop: OpenLoop) -> None:
        for number, one in enumerate(self._open):
            if one.loop is loop:
                del self._open[number]
                return one.execution.end()

    def end(self, *, is_whole: bool) -> None:
        """The block has ended, by an exception unless it is whole."""
        whole = self._whole
        if whole is None or self._is_stopped:
            return
        whole.end()
        if is_whole and self._is_newer and _flor.consider(whole.site.index, whole.seconds):
            self._take(whole, {"exit": "normal"}, at_boundary=False)
        self._is_stopped = True

    def go_on_from(self, step: int) -> None:
        """That step was restored, perhaps within an iteration, which counts when it ends."""
        self.step = step
        for one in self._open:
            one.step = step

    def stop_silently(self) -> None:
        """In a forked child: the run is its parent's."""
        self._is_stopped = True

    def _begin(self) -> None:
        global _sites
        if opening.run_for_checkpoints(self._overhead) is None:
            return self._stop("this process has no run of its own")
        if _sites is None:
            _sites = Sites(opening.program()[2])
            opening.told_at_end = _sites.at_end
        self._whole = _sites.begin(self._line, "with")
        self._covered_at = perf_counter()

    def _consider(self, execution: Execution) -> None:
        if self._passing_over > 0:
            self._passing_over -= 1
            return
        began = perf_counter()
        wait_seconds = _flor.consider_boundary(execution.site.index, began - self._covered_at, 0)
        if wait_seconds < 0:
            assert self._whole is not None
            around: list[list[Any]] = [[*self._whole.site.key, self._whole.number, None]]
            around += [[*one.site.key, one.number, one.iterations] for one in (outer.execution for outer in self._open[:-1])]
            self._take(execution, {"iteration": execution.iterations, "around": around}, at_boundary=True)
        else:
            ended = perf_counter()
            _flor.followed(began - self._covered_at, ended - began)
            self._due_at = ended + wait_seconds

    def _take(self, execution: Execution, place: dict[str, Any], *, at_boundary: bool) -> None:
        began = perf_counter()
        waited_seconds, number, reason = 0.0, None, process.obstacle()
        with collector.paused():
            try:
                if reason is None:
                    waited_seconds = process.settle()
                    number, reason = self._taken(execution, place)
            except Exception as error:  # the training must not fail because of us; the run says what happened
                reason = f"florpy failed: {type(error).__name__}: {error}"
        self._note(execution, number, reason)
        spent = perf_counter() - began - waited_seconds
        _flor.lost(execution.site.index, spent, number is not None, at_boundary)

    def _taken(self, execution: Execution, place: dict[str, Any]) -> tuple[int | None, str | None]:
        """The number of a checkpoint of the objects as they are, or why there is none."""
        here = Place(self._block, self.step, positions([one.loop for one in self._open]))
        taken = named.take(self._objects, here, self._frozen)
        reason = taken.obstacle()
        if reason is not None:
            return None, reason
        assert _sites is not None
        header = {
            "site": execution.site.key,
            "execution": execution.number,
            **place,
            "seconds": execution.seconds,
            "ops_began": 0,
            "ops": 0,
            "stdout": 0,
            "counters": _sites.counters(),
            "ran": {},
            "references": referrers.to_json(taken.references),
            "statistics": _sites.statistics(),
        }
        return taken.checkpoint(_flor, header), None

    def _note(self, execution: Execution, number: int | None, reason: str | None) -> None:
        if number is not None:
            execution.site.checkpoints += 1
            execution.site.reason = None
            self._refusals, self._is_newer = 0, False
            self._covered_at = perf_counter()
        elif reason is not None:
            if execution.site.reason is None and self._refusals == 0:
                self._complain(f"no checkpoint was taken: {reason}")
            execution.site.reason = reason
            self._passing_over = min(2**self._refusals, MAX_BACKOFF_ITERATIONS)
            self._refusals += 1

    def _stop(self, why: str) -> None:
        self._is_stopped = True
        self._complain(f"no checkpoints are taken: {why}")

    def _complain(self, sentence: str) -> None:
        _flor.problem(sentence)
        print(f"flor: {sentence}", file=sys.stderr)


def _leave_to_parent() -> None:
    if isinstance(loops.watcher, Taker):
        loops.watcher.stop_silently()


def _settle() -> None:
    if _sites is not None:
        _flor.settle_for_fork()


settle_before_forks(_settle)
os.register_at_fork(after_in_child=_leave_to_parent)
