"""The replaying session: when a loop begins, whether to skip it and restore its end; when one ends, whether it did as recorded."""

from __future__ import annotations

import contextlib
import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from types import FrameType
from typing import Any, Protocol

from ..project import Project
from ..state import difference, lost_history, process, snapshot
from ..state.build import Unrestorable
from ..state.frozen import FrozenItems
from ..state.native_walk import NativeCore
from .arguments import arguments_of
from .boundaries import Aim, Boundary
from .choice import WholeLog
from .clock_readings import ClockReadings
from .executions import NOTHING, Execution, Skipped
from .jumps import Jumps
from .loops import LoopRuntime
from .recorded_state import Damaged, Record, RecordedState
from .segments import WholeProgram
from .sites import Site, SiteKey
from .unseeded import UnseededGenerators


class Core(snapshot.Core, Record, Protocol):
    """What `_flor` does for a replay."""

    def same_items(self, container: Any, stretches: tuple[tuple[Any, ...], ...]) -> bytes: ...

    def read_memory(self, address: int, nbytes: int) -> bytes: ...


class RecordedOutput(Protocol):
    """What the script wrote when it was recorded, next to what it writes now."""

    def skip_to(self, began: int, ended: int) -> None: ...

    def jump_to(self, position: int) -> None: ...

    def expect_at(self, position: int) -> None: ...


class Segments(Protocol):
    """What of the program this worker is there for."""

    @property
    def is_on_the_way(self) -> bool: ...

    def leaves_to_others(self, checkpoint: int) -> bool: ...

    def reaches(self, checkpoint: int) -> bool: ...

    def passed(self, checkpoint: int) -> None: ...


class Choice(Protocol):
    """What of the log is to be seen."""

    def leaves_out(self, key: SiteKey) -> bool: ...

    def has_to_look_into(self, key: SiteKey) -> bool: ...

    @property
    def is_hidden(self) -> bool: ...

    def free_until(self, key: SiteKey, first: int, end: int, source: Any) -> int: ...

    def jumped(self, key: SiteKey, count: int) -> None: ...


@dataclass
class Plan:
    """What the planner found: sites that must run with the reason, and how far to restore (None: wherever it can be)."""

    must_run: dict[SiteKey, str] = field(default_factory=dict)
    restore_until: int | None = None
    reads_clock: bool = False
    clocks: list[tuple[float, float]] = field(default_factory=list)  # what they showed meanwhile (`ClockReadings`)
    restores_slow_ones: bool = False  # also where executing the loop again would take less time
    never_kept: dict[SiteKey, str] = field(default_factory=dict)  # why a site has no checkpoint at all
    never_restored: frozenset[SiteKey] = frozenset()  # sites that have to run in every worker
    without_output: frozenset[int] = frozenset()  # checkpoints before which the recorded output is not what it was
    one_worker: str | None = None  # why what a probe does is not the same where a stretch was restored
    choice: dict[str, Any] | None = None  # which part of the log is to be seen
    positions: list[list[Any]] = field(default_factory=list)  # loops whose iterations are to be told with what probes write
    shows_other_levels: bool = False  # `logging` shows what it did not when it was recorded


@dataclass
class SiteReport:
    """What was done at one site."""

    restored: int = 0
    jumped: int = 0  # to a boundary between two iterations
    executed: int = 0
    compared: int = 0
    restore_seconds: float = 0.0
    fastest_restore_seconds: float = 0.0
    execute_seconds: float = 0.0
    bytes_read: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Divergence:
    """A place where replay did not reproduce what was recorded."""

    position: str
    what: str
    recorded: str
    replayed: str

    def met_on_the_way(self) -> str:
        """As whoever is on the way to a place of the program is told of it."""
        return f"at {self.position} {self.what} differs\n  recorded: {self.recorded}\n  now:      {self.replayed}"


# How the reason begins where a checkpoint was not restored because of an error inside florpy.
FAULT = "florpy failed"


class Replayer:
    """Session of a replay worker."""

    def __init__(self, core: Core, project: Project, plan: Plan, output: RecordedOutput, native: NativeCore | None = None) -> None:
        self.core, self.project, self.plan, self.output, self.native = core, project, plan, output, native
        self.frozen = FrozenItems(core.same_items)
        self.runtime: LoopRuntime | None = None
        self.reports: dict[SiteKey, SiteReport] = {}
        self.divergences: list[Divergence] = []
        self.notes: list[str] = []
        self.on_passed: Callable[[int, str], None] = _ignore  # a checkpoint's place in the program has been reached
        self.segments: Segments = WholeProgram()
        self.choice: Choice = WholeLog()
        self._unseeded = UnseededGenerators(project)
        self._clock = ClockReadings(plan.clocks)
        self._manifests: dict[tuple[str, int, int], tuple[int, dict[str, Any]]] = {}
        self.checkpoints_of: Counter[SiteKey] = Counter()
        self.jumps = Jumps(self)
        for number, manifest in core.checkpoints():
            path, ordinal = manifest["site"]
            self.checkpoints_of[path, ordinal] += 1
            if "iteration" in manifest:
                self.jumps.add(number, manifest)
            else:
                self._manifests[path, ordinal, manifest["execution"]] = (number, manifest)

    def forget_checkpoints(self) -> None:
        """From here on everything is executed and nothing held against them: the program may become another."""
        self._manifests.clear()
        self.jumps.forget()

    def report(self, site: Site) -> SiteReport:
        return self.reports.setdefault(site.key, SiteReport())

    def skip(self, site: Site, number: int, frame: FrameType) -> Skipped | None:
        reason = self.plan.must_run.get(site.key)
        found = self._manifests.get((*site.key, number))
        if reason is not None and found is not None and self._need_not_run_here(site, found[0]):
            reason = None
        if reason is None and self.choice.has_to_look_into(site.key):
            reason = "iterations that were asked for may be inside"
        if reason is None and found is None:
            reason = "no checkpoint" if self.checkpoints_of[site.key] else self.plan.never_kept.get(site.key, "never checkpointed")
        if reason is None and found is not None:
            reason = self.why_not(site, found[0], found[1]["seconds"])
        if reason is None and found is not None:
            try:
                skipped = self._skipped(site, found[0], found[1], frame)
                self.passed(found[0], self.position(site, number))
                return skipped
            except Unrestorable as refusal:
                reason = str(refusal)
        assert reason is not None
        self.report(site).reasons[reason] += 1
        return None

    def _need_not_run_here(self, site: Site, number: int) -> bool:
        is_spared = self.segments.leaves_to_others(number) or self.choice.leaves_out(site.key)
        return is_spared and site.key not in self.plan.never_restored

    def passed(self, number: int, position: str) -> None:
        """The program is where a checkpoint was taken."""
        assert self.runtime is not None
        self.on_passed(number, position)
        self.runtime.boundaries.hear_of_all()

    def why_not(self, site: Site, number: int, seconds: float) -> str | None:
        """Why this checkpoint, which saves so many seconds, is not to be restored."""
        if not self.segments.reaches(number):
            return "a segment begins or ends inside"
        if self.plan.restore_until is not None and number > self.plan.restore_until:
            return f"after checkpoint {self.plan.restore_until}, from which everything is executed"
        if number in self.plan.without_output:
            return "what it printed is damaged in the record"
        if self.report(site).fastest_restore_seconds > seconds and not self.plan.restores_slow_ones:
            return "restoring takes longer than executing"
        return None

    def _skipped(self, site: Site, number: int, manifest: dict[str, Any], frame: FrameType) -> Skipped:
        with self.restoring(site, number, manifest, frame) as restoration:
            value = restoration.commit()
        self.output.skip_to(manifest["ops_began"], manifest["ops"])
        self.report(site).restored += 1
        return Skipped(manifest["exit"], value)

    @contextmanager
    def restoring(
        self, site: Site, number: int, manifest: dict[str, Any], frame: FrameType, iterations: snapshot.Source | None = None
    ) -> Iterator[snapshot.Restoration]:
        """A restoration that is ready to be committed, inside; it may be refused before. What it takes is the site's."""
        began = perf_counter()
        with lost_history.restoring(site.key):
            restoration = self._prepared(site, number, manifest, frame, iterations)
            yield restoration
        self._set_counters(manifest["counters"])
        report = self.report(site)
        seconds = perf_counter() - began
        report.restore_seconds += seconds
        report.fastest_restore_seconds = min(seconds, report.fastest_restore_seconds or seconds)
        report.bytes_read += restoration.bytes_read

    def _prepared(
        self, site: Site, number: int, manifest: dict[str, Any], frame: FrameType, iterations: snapshot.Source | None
    ) -> snapshot.Restoration:
        """Nothing has been written yet, so that a fault of ours costs no more than executing the loop."""
        state = RecordedState(self.core, number, manifest)
        try:
            with contextlib.suppress(snapshot.HeldElsewhere):
                return self._prepared_once(site, state, frame, iterations)
            gc.collect()  # what holds it may be garbage; what the attempt itself held is gone by now
            return self._prepared_once(site, state, frame, iterations)
        except Unrestorable:
            raise
        except Exception as error:
            raise Unrestorable(f"{FAULT}: {type(error).__name__}: {error}") from error

    def _prepared_once(
        self, site: Site, state: RecordedState, frame: FrameType, iterations: snapshot.Source | None
    ) -> snapshot.Restoration:
        arguments = arguments_of(frame) if site.is_call else None
        value = None if iterations is None else snapshot.NOTHING
        live = snapshot.take(
            self.project, frame, value, arguments, self.frozen, begins=True, iterations=iterations, native=self.native
        )
        restoration = snapshot.Restoration(state, self.project, frame, self.core, live)
        restoration.prepare()
        return restoration

    def _set_counters(self, counters: dict[str, list[tuple[int, int]]]) -> None:
        assert self.runtime is not None
        begun = {(path, ordinal): count for path, counts in counters.items() for ordinal, count in counts}
        for site in self.runtime.sites:
            site.begun = begun.get(site.key, site.begun)

    def begin(self, execution: Execution) -> None:
        execution.tells_iterations = self.jumps.concern(execution)

    def boundary(self, execution: Execution, boundary: Boundary) -> Aim:
        return self.jumps.come(execution, boundary)

    def abandon(self, execution: Execution) -> None:
        self.report(execution.site).executed += 1

    def give_up(self, reason: str) -> None:
        self.notes.append(reason)

    def end(self, execution: Execution, exit_kind: str, seconds: float, frame: FrameType, value: Any) -> None:
        site = execution.site
        report = self.report(site)
        report.executed += 1
        report.execute_seconds += seconds
        found = self._manifests.get((*site.key, execution.number))
        if found is None:
            return
        number, manifest = found
        position = self.position(site, execution.number)
        arguments = None if execution.arguments is None else execution.arguments.alive()
        given = snapshot.NOTHING if value is NOTHING else value
        with self.comparing(site, position, manifest):
            live = snapshot.take(self.project, frame, given, arguments, self.frozen, native=self.native)
            self._compare(position, RecordedState(self.core, number, manifest), live, frame)
        if exit_kind != manifest["exit"]:
            self.divergences.append(Divergence(position, "how the loop ended", manifest["exit"], exit_kind))
        self.passed(number, position)

    def compare_at(self, site: Site, position: str, number: int, manifest: dict[str, Any], boundary: Boundary) -> None:
        """The program has executed up to a boundary that has a checkpoint."""
        with self.comparing(site, position, manifest):
            live = snapshot.take(
                self.project, boundary.frame, frozen=self.frozen, iterations=boundary.iterations, native=self.native
            )
            self._compare(position, RecordedState(self.core, number, manifest), live, boundary.frame)

    @contextmanager
    def comparing(self, site: Site, position: str, manifest: dict[str, Any]) -> Iterator[None]:
        """State, inside, and output are held against the record."""
        began = perf_counter()
        try:
            yield
        except Damaged as damage:
            self.notes.append(f"{position}: its state was not compared: {damage}")
        self.output.expect_at(manifest["ops"])
        self.report(site).compared += 1
        assert self.runtime is not None
        self.runtime.lose(perf_counter() - began)

    def _compare(self, position: str, state: RecordedState, live: snapshot.Snapshot, frame: FrameType) -> None:
        """Holds the state against the record. Identifiers alone may differ, and floats where the program reads a clock."""
        if live.is_equal(state.encoded_graph, state.leaf_hashes, self.core):
            self._unseeded.agree()
            return
        restoration = snapshot.Restoration(state, self.project, frame, self.core, live)

        def bytes_of(leaf: int, is_live: bool) -> bytes:
            if not is_live:
                return state.leaf(leaf)
            return self.core.read_memory(live.leaves[leaf].address, live.leaves[leaf].nbytes)

        told = [
            one
            for one in difference.differences(restoration.match, restoration.comparison, bytes_of)
            if not process.is_of_warnings(one.path)
        ]
        found, readings = self._clock.left_out_of(self._unseeded.left_out_of(told, restoration.match.recorded))
        self.notes += [f"{position}: {one.path} is another reading of the clock" for one in readings[:1]]
        if found and all(one.in_identifier or (one.in_float and self.plan.reads_clock) for one in found):
            first = found[0]
            what = "identifier; such are drawn anew in each run" if first.in_identifier else "number; the program reads a clock"
            self.notes.append(f"{position}: {first.path} is another {what}")
            return
        self.divergences += [Divergence(position, one.path, one.recorded, one.live) for one in found[:20]]

    def position(self, site: Site, number: int) -> str:
        """Where the program is, as the user would say it."""
        assert self.runtime is not None
        around = [f"{e.site.path}:{e.site.line} #{e.number}" for e in self.runtime.stack if not e.site.is_light]
        return " > ".join([*around, f"{site.path}:{site.line} ({site.function}) #{number}"])


def _ignore(number: int, position: str) -> None:
    """Where nobody wants to know."""
