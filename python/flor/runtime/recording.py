"""The recording session: when a loop ends, whether to take a checkpoint, and taking it."""

from __future__ import annotations

import json
import threading
from collections import Counter
from time import perf_counter
from types import FrameType
from typing import Any, Protocol

from ..project import Project
from ..state import collector, process, referrers, snapshot
from ..state.frozen import FrozenItems
from ..state.native_walk import NativeCore
from .boundaries import Aim, Boundary
from .executions import NOTHING, Execution, Skipped
from .left_loops import LeftLoops
from .loops import LoopRuntime
from .recorded_iterations import RecordedIterations
from .sites import FunctionMarks, Site

# Captures that came to nothing are tried again ever more seldom: after 1, 2, 4, … further executions.
MAX_BACKOFF_EXECUTIONS = 1024
# Of a value that consists of others, as many are looked at.
MAX_VALUES_LOOKED_AT = 64

# Why no checkpoint was taken at the end of an execution; the other reasons are the policy's (`CheckpointPolicy.Reason`).
NOT_CAPTURED = "state_not_captured"
WRITER_IS_BEHIND = "writer_is_behind"
SHORT = "short"


class Core(snapshot.CheckpointCore, Protocol):
    """What `_flor` does for a recording."""

    def consider(self, site: int, gain_seconds: float) -> bool: ...

    def consider_boundary(self, site: int, uncovered_seconds: float, checkpoints: int) -> float: ...

    def passed_over(self) -> str: ...

    def lost(self, site: int, seconds: float, taken: bool, at_boundary: bool) -> None: ...

    def followed(self, seconds: float, spent_seconds: float) -> int: ...

    def same_items(self, container: Any, stretches: tuple[tuple[Any, ...], ...]) -> bytes: ...


class Output(Protocol):
    """What the observed standard streams know."""

    @property
    def length(self) -> int: ...

    @property
    def stdout_length(self) -> int: ...

    def foreign_bytes(self) -> int | None: ...

    def store(self) -> None: ...


class Writes(Protocol):
    """The files that the script has opened for writing so far."""

    @property
    def count(self) -> int: ...

    def last(self) -> str: ...


class Recorder:
    """Session of a recording. `problems` are sentences about what could not be recorded."""

    def __init__(
        self,
        core: Core,
        project: Project,
        marks: FunctionMarks,
        output: Output,
        writes: Writes,
        native: NativeCore | None = None,
    ) -> None:
        self.core, self.project, self.marks, self.output, self.writes = core, project, marks, output, writes
        self.native = native
        self.frozen = FrozenItems(core.same_items)
        self.runtime: LoopRuntime | None = None
        self.problems: list[str] = []
        self.left = LeftLoops()
        self.last_checkpoint = 0
        self.waited_seconds = 0.0  # for the program's own work, in the last capture
        self.only_ends = False  # no checkpoints between iterations
        self.iterations = RecordedIterations(self)

    def skip(self, site: Site, number: int, frame: FrameType) -> Skipped | None:
        return None

    def begin(self, execution: Execution) -> None:
        execution.before = (self.output.length, self.output.foreign_bytes(), self.writes.count)
        execution.tells_iterations = not (execution.site.is_call or self.only_ends)

    def boundary(self, execution: Execution, boundary: Boundary) -> Aim:
        return self.iterations.come(execution, boundary)

    def abandon(self, execution: Execution) -> None:
        """An execution that ended by an exception leaves no checkpoint."""
        self.left.note(execution)

    def give_up(self, reason: str) -> None:
        self.problems.append(reason)

    def end(self, execution: Execution, exit_kind: str, seconds: float, frame: FrameType, value: Any) -> None:
        began = perf_counter()
        execution.site.followed += 1
        if self._is_worth_it(execution, seconds):
            self._capture(execution, exit_kind, seconds, frame, value)
        else:
            self._lose(perf_counter() - began + execution.opening_seconds, seconds, execution.site)

    def _is_worth_it(self, execution: Execution, seconds: float) -> bool:
        site = execution.site
        if not self._is_due(site, execution.number):
            site.passed_over[NOT_CAPTURED] += 1
            return False
        # What later runs can skip inside it is no gain of its own.
        return self.core.consider(site.index, max(0.0, seconds - execution.covered_seconds))

    def _lose(self, spent: float, seconds: float, site: Site) -> None:
        """Following an execution of so many seconds came to nothing."""
        site.rest = self.core.followed(seconds, spent)
        assert self.runtime is not None
        self.runtime.lose(spent)

    def _capture(self, execution: Execution, exit_kind: str, seconds: float, frame: FrameType, value: Any) -> None:
        began = perf_counter() - execution.opening_seconds
        site, number = execution.site, None
        with collector.paused():
            try:
                number, reason = self._taken(execution, exit_kind, seconds, frame, value)
            except Exception as error:  # the training must not fail because of us; the run says what happened
                reason = f"florpy failed: {type(error).__name__}: {error}"
                self.problems.append(f"{site.path}:{site.line}: {reason}")
        self._note(site, number, reason)
        spent = perf_counter() - began - self.waited_seconds
        if number is not None:
            execution.covered_seconds = max(0.0, seconds - spent)
        assert self.runtime is not None
        self.runtime.lose(spent)
        self.core.lost(site.index, spent, number is not None, False)

    def _taken(
        self, execution: Execution, exit_kind: str, seconds: float, frame: FrameType, value: Any
    ) -> tuple[int | None, str | None]:
        """The number of a checkpoint of the state as it is, or why there is none."""
        self.waited_seconds = 0.0
        reason = self.obstacle(execution) or self._obstacle_in(value)
        if reason is not None:
            return None, reason
        self.waited_seconds = process.settle()
        arguments = None if execution.arguments is None else execution.arguments.alive()
        given = snapshot.NOTHING if value is NOTHING else value
        taken = snapshot.take(self.project, frame, given, arguments, self.frozen, native=self.native)
        reason = taken.obstacle()
        place = {"exit": exit_kind, "seconds": seconds, "ops_began": execution.before[0]}
        return (self.write(execution, place, taken), None) if reason is None else (None, reason)

    def _is_due(self, site: Site, number: int) -> bool:
        return site.refused == 0 or number % min(2**site.refused, MAX_BACKOFF_EXECUTIONS) == 0

    def obstacle(self, execution: Execution) -> str | None:
        """Why this execution cannot be skipped later, as far as it can be seen without looking at the state."""
        _, foreign_before, writes_before = execution.before
        foreign = self.output.foreign_bytes()
        if foreign is None or foreign != foreign_before:
            return "something other than sys.stdout wrote to standard output (a child process or C code)"
        if self.writes.count != writes_before:
            return f"it wrote a file: {self.writes.last()}"
        for thread in threading.enumerate():
            if thread is not threading.main_thread() and self._runs_project_code(thread):
                return f"the thread {thread.name!r} runs project code"
        # What steps before a capture start up for good, as cuBLAS, cannot be started while it goes on.
        if process.uses_cuda() and self.project.mentions(b"CUDAGraph"):
            return "the program captures CUDA graphs, before which its steps have to be executed"
        return process.obstacle()

    def _obstacle_in(self, value: Any) -> str | None:
        """A value whose history is about to be needed: no checkpoint would hold it."""
        waiting = [value]
        for one in waiting:  # grows while it is walked
            if isinstance(one, (tuple, list)) and len(waiting) < MAX_VALUES_LOOKED_AT:
                waiting += one
            elif getattr(one, "grad_fn", None) is not None:
                return "it returns a tensor with an autograd history"
        return None

    def _runs_project_code(self, thread: threading.Thread) -> bool:
        target = getattr(thread, "_target", None)
        module = getattr(target, "__module__", None)
        return self.project.owns_module(module) or self.project.owns_module(type(thread).__module__)

    def write(self, execution: Execution, place: dict[str, Any], taken: snapshot.Snapshot) -> int | None:
        """Hands a state over to the core. `place` is what the manifest says of where in the execution that is."""
        self.output.store()
        header = {
            "site": list(execution.site.key),
            "execution": execution.number,
            **place,
            "ops": self.output.length,
            "stdout": self.output.stdout_length,
            "counters": self.counters(),
            "ran": self.marks.functions(execution.site.ran),
            "references": referrers.to_json(taken.references),
            "statistics": self.statistics(),
        }
        number = taken.checkpoint(self.core, header)
        self.last_checkpoint = number or self.last_checkpoint
        return number

    def _note(self, site: Site, number: int | None, reason: str | None) -> None:
        if number is not None:
            site.checkpoints += 1
            site.refused, site.reason = 0, None
        elif reason is not None:
            site.refused += 1
            site.reason = reason
            site.passed_over[NOT_CAPTURED] += 1
        else:
            site.passed_over[WRITER_IS_BEHIND] += 1

    def counters(self) -> dict[str, list[tuple[int, int]]]:
        """How many executions of each site have begun that is of interest, by file."""
        assert self.runtime is not None
        found: dict[str, list[tuple[int, int]]] = {}
        for site in self.runtime.sites.begun():
            if site.is_followed:
                found.setdefault(site.path, []).append((site.ordinal, site.begun))
        return found

    def statistics(self) -> list[dict[str, Any]]:
        """What is known of each site that ran, for the manifest and for `florpy show`."""
        assert self.runtime is not None
        by_policy = json.loads(self.core.passed_over())
        return [
            {
                "site": list(site.key),
                "executions": site.ended,
                "seconds": site.seconds,
                "checkpoints": site.checkpoints,
                "skippable": site.reason is None,
                "reason": site.reason,
                "passed_over": _passed_over(site, by_policy.get(str(site.index), {})),
                "ran": self.marks.functions(site.ran),
                "logged": self.marks.levels(site.ran),
                **({} if site.boundary_reason is None else {"boundary_reason": site.boundary_reason}),
            }
            for site in self.runtime.sites.begun()
            if (site.ended or site.ran) and not (site.is_call and site.is_light)
        ]


def _passed_over(site: Site, by_policy: dict[str, int]) -> dict[str, int]:
    """The executions without a checkpoint, by reason. Those that were only counted were short."""
    found = Counter(by_policy) + site.passed_over
    found[SHORT] += site.ended - site.followed
    return dict(+found)
