"""Record and replay of a program inside the test's own process: rewriting, runtime and state, without host and store."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import types
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from flor.project import Project, ProjectFile
from flor.rewrite import rewrite_module
from flor.runtime.loops import LoopRuntime
from flor.runtime.recording import Recorder
from flor.runtime.replaying import Plan, Replayer
from flor.runtime.sites import FunctionMarks

from .memory_core import MemoryCore

MODULE = "simulated_program"


class Output(io.StringIO):
    """Standard output that knows how much was written; stands in for the observed streams."""

    @property
    def length(self) -> int:
        return self.tell()

    @property
    def stdout_length(self) -> int:
        return self.tell()

    def foreign_bytes(self) -> int:
        return 0

    def store(self) -> None:
        pass


class ReplayOutput(Output):
    """Writes again what was recorded where loops are skipped."""

    recorded = ""

    def skip_to(self, began: int, ended: int) -> None:
        self.write(self.recorded[began:ended])

    def expect_at(self, position: int) -> None:
        pass


class NoWrites:
    count = 0

    def last(self) -> str:
        return ""


@dataclass
class Outcome:
    """What a simulated run printed and did."""

    text: str
    core: MemoryCore
    session: Any
    restored: Counter[int] = field(default_factory=Counter)  # by line
    executed: Counter[int] = field(default_factory=Counter)
    reasons: dict[int, set[str]] = field(default_factory=dict)


def plain(source: str) -> str:
    """What the program prints when it is simply run."""
    output = io.StringIO()
    module = types.ModuleType(MODULE)
    sys.modules[MODULE] = module
    with contextlib.redirect_stdout(output):
        exec(compile(source, "program.py", "exec"), vars(module))
    return output.getvalue()


def _run(source: str, session_of: Any, output: Any) -> Any:
    filename = os.path.abspath("program.py")
    project, marks = Project(), FunctionMarks()
    session = session_of(project, marks)
    runtime = session.runtime = LoopRuntime(session, marks)
    rewritten = rewrite_module(source.encode(), filename)
    sites = {loop.ordinal: runtime.add_site("program.py", loop.ordinal, loop.line, loop.function) for loop in rewritten.loops}
    if isinstance(session, Replayer):
        for site in runtime.sites:
            site.checkpoints = session.checkpoints_of[site.key]
    functions = {function.ordinal: marks.add("program.py", function.ordinal) for function in rewritten.functions}
    names = runtime.bindings()

    def binding(name: str) -> object:
        kind, _, number = name.partition(":")
        if kind == "loop":
            return sites[int(number)].index
        if kind == "loops":
            return tuple(sites[int(n)].index for n in number.split(","))
        return functions[int(number)] if kind == "function" else names[kind]

    code = rewritten.linked(binding)
    project.add(ProjectFile(filename, "program.py", MODULE, source.encode(), code))
    module = types.ModuleType(MODULE)
    sys.modules[MODULE] = module
    with contextlib.redirect_stdout(output):
        exec(code, vars(module))
    return session


def record(source: str, shortest_seconds: float = 0.0) -> Outcome:
    """Runs with recording: every loop execution of at least that length is checkpointed, if it can be."""
    output, core = Output(), MemoryCore(shortest_seconds)
    session = _run(source, lambda project, marks: Recorder(core, project, marks, output, NoWrites()), output)
    assert session.problems == [], session.problems
    return Outcome(output.getvalue(), core, session)


def replay(source: str, recorded: Outcome, plan: Plan | None = None) -> Outcome:
    """Runs again, restoring whatever has a checkpoint."""
    output = ReplayOutput()
    output.recorded = recorded.text
    session = _run(source, lambda project, marks: Replayer(recorded.core, project, plan or Plan(), output), output)
    outcome = Outcome(output.getvalue(), recorded.core, session)
    for site in session.runtime.sites:
        report = session.report(site)
        outcome.restored[site.line] += report.restored
        outcome.executed[site.line] += report.executed
        outcome.reasons.setdefault(site.line, set()).update(report.reasons)
    return outcome
