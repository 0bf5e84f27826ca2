"""Record and replay of a program inside the test's own process: rewriting, runtime and state, without host and store."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import sys
import types
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flor.edited import recorded_file, rewrite_edited
from flor.isolation.after_import import AfterImport
from flor.modules import ModuleLoader
from flor.planning import number
from flor.probes import diff_project, must_run
from flor.project import Project
from flor.record_of_run import functions_ran
from flor.rewrite import Rewritten, rewrite_module
from flor.runtime.loops import LoopRuntime, Shortcut, no_shortcut
from flor.runtime.output import ReplayOutput, stdout_of
from flor.runtime.recording import Recorder, Writes
from flor.runtime.replaying import FAULT, Divergence, Plan, Replayer
from flor.runtime.sites import FunctionMarks
from flor.state import lost_history, samplers

from .memory_core import MemoryCore

MODULE = "simulated_program"
PATH = "program.py"
MAX_RETRIES = 20


# Python's own functions follow what is only counted; a test may have the native ones do it.
shortcut: Shortcut = no_shortcut


class Output(io.StringIO):
    """Standard output with the operations on it; stands in for the observed streams and for their log."""

    def __init__(self) -> None:
        super().__init__()
        self.operations = b""
        self._taken = 0

    def write(self, text: str) -> int:
        data = text.encode("utf-8", "surrogatepass")
        self.operations += struct.pack("<cI", b"t", len(data)) + data
        return super().write(text)

    @property
    def length(self) -> int:
        return len(self.operations)

    @property
    def stdout_length(self) -> int:
        return len(stdout_of(self.operations))

    def foreign_bytes(self) -> int:
        return 0

    def store(self) -> None:
        pass

    def when_full(self, act: Callable[[], object] | None) -> None:
        pass

    def let_go(self) -> None:
        pass

    def take(self) -> bytes:
        taken, self._taken = self.operations[self._taken :], len(self.operations)
        return taken

    def reemit(self, operations: bytes) -> None:
        self.write(stdout_of(operations).decode("utf-8", "surrogatepass"))


class NoWrites:
    count = 0

    def last(self) -> str:
        return ""


class WrongSkip(BaseException):
    """Ends the program where a gradient reached a value whose history no checkpoint holds."""


class FromCheckpoint:
    """The segment from a checkpoint to the program's end; `tail` is what is printed in it. Everything before is left to others."""

    def __init__(self, begin: int, log: Output) -> None:
        self._begin, self._log, self._printed_before = begin, log, -1

    def leaves_to_others(self, checkpoint: int) -> bool:
        return self._printed_before < 0 and checkpoint <= self._begin

    def reaches(self, checkpoint: int) -> bool:
        return self._printed_before >= 0 or checkpoint <= self._begin

    def passed(self, checkpoint: int) -> None:
        if self._printed_before < 0:
            assert checkpoint <= self._begin, f"checkpoint {self._begin} was passed by"
            if checkpoint == self._begin:
                self._printed_before = len(self._log.getvalue())

    @property
    def tail(self) -> str:
        assert self._printed_before >= 0, f"checkpoint {self._begin} was not reached"
        return self._log.getvalue()[self._printed_before :]


@dataclass
class Outcome:
    """What a simulated run printed and did; `error` is the exception that it ended with."""

    text: str
    core: Any
    session: Any
    operations: bytes = b""
    error: str = ""
    restored: Counter[int] = field(default_factory=Counter)  # by line
    executed: Counter[int] = field(default_factory=Counter)
    jumped: Counter[int] = field(default_factory=Counter)
    compared: Counter[int] = field(default_factory=Counter)
    reasons: dict[int, set[str]] = field(default_factory=dict)
    retries: int = 0
    printed_before: dict[int, int] = field(default_factory=dict)  # by checkpoint that was passed: characters
    namespace: dict[str, Any] = field(default_factory=dict)


def _watch_loaders() -> None:
    """As recording and replaying do; the test's process may have loaded PyTorch already."""
    after = AfterImport()
    after.install()
    samplers.watch(after)


_watch_loaders()


def _as_in_a_new_process() -> None:
    """Counters of libraries that begin anew in each process."""
    hooks = sys.modules.get("torch.utils.hooks")
    if hooks is not None:
        hooks.RemovableHandle.next_id = 0


def plain(source: str) -> str:
    """What the program prints when it is simply run."""
    text, error = plain_with_error(source)
    assert not error, error
    return text


def plain_with_error(source: str) -> tuple[str, str]:
    """The same of a program that may end by an exception, and the exception."""
    output = io.StringIO()
    error = _execute(compile(source, PATH, "exec"), output)
    return output.getvalue(), error


def _execute(code: types.CodeType, output: Any) -> str:
    _as_in_a_new_process()
    module = types.ModuleType(MODULE)
    module.__file__ = code.co_filename
    sys.modules[MODULE] = module
    with contextlib.redirect_stdout(output):
        try:
            exec(code, vars(module))
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return ""


def _filename() -> str:
    return os.path.join(os.path.realpath(os.curdir), PATH)


def _run(source: str, session: Any, rewrite: Callable[[str, str, bytes], Rewritten], output: Output, ready: Any) -> str:
    """Runs under a session; `ready(runtime, modules)` is called before the first line."""
    runtime = session.runtime = LoopRuntime(session, session.marks, session.project.own_code, shortcut)
    modules = ModuleLoader(os.path.dirname(_filename()), session.project, runtime, rewrite, lambda file: None)
    ready(runtime, modules)
    code = modules.load(MODULE, _filename(), source.encode())
    assert code is not None
    return _execute(code, output)


def record(
    source: str,
    shortest_seconds: float = 0.0,
    *,
    core: MemoryCore | None = None,
    writes: Writes | None = None,
    may_fail: bool = False,
    at_boundaries: bool = False,
) -> Outcome:
    """Runs with recording: every loop execution of at least that length is checkpointed, if it can be."""
    output = Output()
    core = MemoryCore(shortest_seconds) if core is None else core
    core.at_boundaries |= at_boundaries
    session = Recorder(core, Project(), FunctionMarks(), output, writes or NoWrites())
    error = _run(source, session, lambda path, filename, text: rewrite_module(text, filename), output, lambda *_: None)
    assert may_fail or not error, error
    assert session.problems == [], session.problems
    return Outcome(output.getvalue(), core, session, output.operations, error, namespace=vars(sys.modules[MODULE]))


class Edit:
    """The program as it is now, held against what was recorded; for any number of replays in one folder."""

    def __init__(self, source: str, present: str, recorded: Outcome) -> None:
        self.present = present
        sources = {PATH: source.encode()}
        diff = diff_project(sources, {PATH: present.encode()})
        assert diff.refusals == [], [refusal.describe() for refusal in diff.refusals]
        statistics = recorded.session.statistics()
        self.never_kept = {tuple(one["site"]): one["reason"] for one in statistics if one["reason"] is not None}
        self.must_run = must_run(diff, functions_ran(statistics), number)
        file, filename = diff.files.get(PATH), _filename()
        self.recorded_file = recorded_file(file, sources[PATH]) if file else None
        self.rewritten = rewrite_edited(file, filename, present.encode(), {}) if file else rewrite_module(sources[PATH], filename)


def replay(
    source: str,
    recorded: Outcome,
    plan: Plan | None = None,
    *,
    edited: str | None = None,
    edit: Edit | None = None,
    may_fail: bool = False,
    begin: int | None = None,
    as_in_a_new_process: Callable[[], None] = lambda: None,
) -> Outcome:
    """Runs again, as edited if it was, restoring whatever has a checkpoint. Begins again where a skip was wrong.

    With `begin`, as the worker whose segment goes from that checkpoint to the end: the text is what is printed in it.
    """
    plan = plan or Plan()
    edit = edit or Edit(source, source if edited is None else edited, recorded)
    plan.never_kept, plan.must_run = edit.never_kept, edit.must_run | plan.must_run
    for retries in range(MAX_RETRIES):
        if retries > 0:
            as_in_a_new_process()
        outcome, wrong = _replay_once(edit, recorded, plan, begin)
        if wrong is None:
            assert may_fail or not outcome.error, outcome.error
            faults = [reason for reasons in outcome.reasons.values() for reason in reasons if reason.startswith(FAULT)]
            assert faults == [], faults
            outcome.retries = retries
            return outcome
        assert wrong not in plan.never_restored, f"{wrong} was skipped although it must run"
        plan.never_restored |= {wrong}
        plan.must_run[wrong] = "a gradient reached a value from before the loop's end"
    raise AssertionError(f"{MAX_RETRIES} replays, each with a wrong skip")


def _replay_once(edit: Edit, recorded: Outcome, plan: Plan, begin: int | None) -> tuple[Outcome, tuple[str, int] | None]:
    """One replay, and the site whose skip was wrong, if there was one."""
    log, project = Output(), Project()
    wrong: list[tuple[str, int]] = []

    def differs(one: str, other: str) -> None:
        session.divergences.append(Divergence("somewhere", "standard output", one, other))

    output = ReplayOutput(log, recorded.operations, True, differs)
    session: Any = Replayer(recorded.core, project, plan, output)
    session.marks = FunctionMarks()
    segment = None if begin is None else FromCheckpoint(begin, log)
    session.segments = segment or session.segments
    printed_before: dict[int, int] = {}

    def passed(checkpoint: int, position: str) -> None:
        printed_before[checkpoint] = len(log.getvalue())
        session.segments.passed(checkpoint)

    session.on_passed = passed

    def ready(runtime: LoopRuntime, modules: ModuleLoader) -> None:
        runtime.probe = output.probe
        runtime.sites.on_new = lambda site: setattr(site, "checkpoints", session.checkpoints_of[site.key])
        modules.recorded = lambda path: edit.recorded_file

    def needed(site: tuple[str, int], operation: str) -> None:
        wrong.append(site)
        raise WrongSkip

    lost_history.on_needed = needed
    try:
        error = _run(edit.present, session, lambda *_: edit.rewritten, log, ready)
        output.end()
    except WrongSkip:
        error = "a skip was wrong"
    finally:
        lost_history.on_needed = None
    text = log.getvalue() if segment is None or wrong else segment.tail
    outcome = Outcome(text, recorded.core, session, log.operations, error, printed_before=printed_before)
    for site in session.runtime.sites:
        report = session.report(site)
        outcome.restored[site.line] += report.restored
        outcome.executed[site.line] += report.executed
        outcome.jumped[site.line] += report.jumped
        outcome.compared[site.line] += report.compared
        outcome.reasons.setdefault(site.line, set()).update(report.reasons)
    return outcome, wrong[0] if wrong else None
