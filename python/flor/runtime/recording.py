"""The recording session: when a loop ends, whether to take a checkpoint, and taking it."""

from __future__ import annotations

import json
import threading
from time import perf_counter
from types import FrameType
from typing import Any, Protocol

from ..project import Project
from ..state import snapshot
from .loops import NOTHING, Execution, LoopRuntime, Skipped
from .sites import FunctionMarks, Site

# Captures that came to nothing are tried again ever more seldom: after 1, 2, 4, … further executions.
MAX_BACKOFF_EXECUTIONS = 1024


class Core(Protocol):
    """What `_flor` does for a recording."""

    def consider(self, site: int, seconds: float) -> bool: ...

    def checkpoint(self, header: str, graph: bytes, leaves: list[tuple[int, int]]) -> int | None: ...

    def lost(self, site: int, seconds: float, taken: bool) -> None: ...


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

    def __init__(self, core: Core, project: Project, marks: FunctionMarks, output: Output, writes: Writes) -> None:
        self.core, self.project, self.marks, self.output, self.writes = core, project, marks, output, writes
        self.runtime: LoopRuntime | None = None
        self.lost_seconds = 0.0
        self.problems: list[str] = []

    def skip(self, site: Site, number: int, frame: FrameType) -> Skipped | None:
        return None

    def begin(self, execution: Execution) -> None:
        execution.before = (self.output.length, self.output.foreign_bytes(), self.writes.count)

    def abandon(self, execution: Execution) -> None:
        """An execution that ended by an exception leaves no checkpoint."""

    def end(self, execution: Execution, exit_kind: str, seconds: float, frame: FrameType, value: Any) -> None:
        began = perf_counter()
        site = execution.site
        if not self._is_due(site, execution.number) or not self.core.consider(site.index, seconds):
            return
        number = None
        try:
            reason = self._obstacle(execution)
            if reason is None:
                taken = snapshot.take(self.project, frame, snapshot.NOTHING if value is NOTHING else value)
                reason = taken.obstacle()
                if reason is None:
                    number = self._write(execution, exit_kind, seconds, taken)
        except Exception as error:  # the training must not fail because of us; the run says what happened
            reason = f"florpy failed: {type(error).__name__}: {error}"
            self.problems.append(f"{site.path}:{site.line}: {reason}")
        self._note(site, number, reason)
        spent = perf_counter() - began
        self.lost_seconds += spent
        self.core.lost(site.index, spent, number is not None)

    def _is_due(self, site: Site, number: int) -> bool:
        return site.refused == 0 or number % min(2**site.refused, MAX_BACKOFF_EXECUTIONS) == 0

    def _obstacle(self, execution: Execution) -> str | None:
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
        return None

    def _runs_project_code(self, thread: threading.Thread) -> bool:
        target = getattr(thread, "_target", None)
        module = getattr(target, "__module__", None)
        return self.project.owns_module(module) or self.project.owns_module(type(thread).__module__)

    def _write(self, execution: Execution, exit_kind: str, seconds: float, taken: snapshot.Snapshot) -> int | None:
        self.output.store()
        header = {
            "site": list(execution.site.key),
            "execution": execution.number,
            "exit": exit_kind,
            "seconds": seconds,
            "ops_began": execution.before[0],
            "ops": self.output.length,
            "stdout": self.output.stdout_length,
            "counters": self.counters(),
            "ran": self.marks.functions(execution.site.ran),
            "statistics": self.statistics(),
        }
        leaves = [(leaf.address, leaf.nbytes) for leaf in taken.leaves]
        return self.core.checkpoint(json.dumps(header), taken.graph.encode(), leaves)

    def _note(self, site: Site, number: int | None, reason: str | None) -> None:
        if number is not None:
            site.checkpoints += 1
            site.refused, site.reason = 0, None
        elif reason is not None:
            site.refused += 1
            site.reason = reason

    def counters(self) -> dict[str, list[tuple[int, int]]]:
        """How many executions of each site have begun, by file."""
        assert self.runtime is not None
        found: dict[str, list[tuple[int, int]]] = {}
        for site in self.runtime.sites:
            if site.begun:
                found.setdefault(site.path, []).append((site.ordinal, site.begun))
        return found

    def statistics(self) -> list[dict[str, Any]]:
        """What is known of each site that ran, for the manifest and for `florpy show`."""
        assert self.runtime is not None
        return [
            {
                "site": list(site.key),
                "executions": site.ended,
                "seconds": site.seconds,
                "checkpoints": site.checkpoints,
                "skippable": site.reason is None,
                "reason": site.reason,
                "ran": self.marks.functions(site.ran),
            }
            for site in self.runtime.sites
            if site.ended
        ]
