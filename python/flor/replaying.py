"""A replay worker in this process: the edited script under the rewriting of the recorded one, with a session that skips."""

from __future__ import annotations

import atexit
import json
import os
import sys
from functools import partial
from typing import Any

from . import isolation, private_files
from .bridges import Bridges, to_the_log
from .compilers import CompilerWatch
from .edited import recorded_file, rewrite_edited, rewrite_watched
from .hindsight import Hindsight
from .isolation.after_import import AfterImport
from .logs.levels import ShownLevels
from .modules import LoadedFile, ModuleLoader
from .probes import ProjectDiff, diff_project
from .project import Project, RecordedFile
from .record_of_run import RecordedRun
from .rewrite import ProjectFinder, RewriteCache, Rewritten, rewrite_module
from .runtime.choice import Choice
from .runtime.loops import LoopRuntime
from .runtime.new_lines import Marked, OnlyNew, Values
from .runtime.output import Log, ReplayOutput
from .runtime.positions import Positions, Watcher, Watchers
from .runtime.replaying import Divergence, Plan, Replayer
from .runtime.segments import OrderLine, Segments
from .runtime.sites import FunctionMarks, Site
from .state import lost_history, samplers, temporary

# The worker's exit status where a skip turned out to be wrong; `retry.json` then names the site.
RETRY_STATUS = 75
# Where an interrupted recording ends, and so does its replay.
RECORD_ENDED_STATUS = 74
# What Python itself ends with where buffered output was lost.
LOST_OUTPUT_STATUS = 120


_ONLY_PASSED_ON = (
    "graph",
    "leaf_hashes",
    "load",
    "read_leaf",
    "read_memory",
    "hash_memory",
    "locals_to_fast",
    "same_items",
    "assign_inline_attributes",
)


class DecodedCore:
    """The core with manifests as objects, those up to the checkpoint `last`."""

    def __init__(self, core: Any, last: int | None = None) -> None:
        for name in _ONLY_PASSED_ON:
            setattr(self, name, getattr(core, name))
        found = ((number, text) for number, text in core.checkpoints() if last is None or number <= last)
        self._checkpoints = [(number, json.loads(text)) for number, text in found]

    def checkpoints(self) -> list[tuple[int, dict[str, Any]]]:
        return self._checkpoints


class Replaying:
    """The one replay of this process. Twin of `recording.Recording`."""

    def __init__(self, core: Any, settings: dict[str, Any], root: str, log: Log) -> None:
        self.root, self.folder, self._core = root, settings["report_folder"], core
        self._leave = core.leave
        self._cache = RewriteCache(os.path.join(settings["store"], "cache", "rewrites"))
        self.run = RecordedRun.read(settings["run_folder"], core)
        settings["names"] = self.run.first_run
        temporary.know_recorded_process(self.run.header["pid"])
        self.damages: list[str] = core.damages()
        self.ended_after: dict[str, Any] | None = None
        self.diff: ProjectDiff = diff_project(self.run.sources, self.run.present_sources(root))
        decoded = DecodedCore(core)
        self.last_checkpoint = max((number for number, _ in decoded.checkpoints()), default=None)
        recorded_output = self.run.output()
        plan = _read_plan(settings)
        plan.without_output = self._without_output(core, decoded, recorded_output)
        plan.never_kept = self._reasons(decoded)
        marks = FunctionMarks()
        project = Project()
        is_complete = self.run.end is not None and self.run.end.get("output") is not None
        self.output = ReplayOutput(log, recorded_output, is_complete, self._output_differs)
        self._watchers: list[Watcher] = []
        self._values: Values | None = None
        if sys.stdout is not None:
            self._set_new_lines_apart(settings, plan, log)
        self.replayer = Replayer(decoded, project, plan, self.output, native=core)  # type: ignore[arg-type]
        self.replayer.on_passed = self._passed
        if self.run.end is not None and not is_complete:
            self.replayer.notes.append("the record of the output ends before the program did; what came later is not compared")
        self.segments: Segments | None = None
        if settings.get("orders") is not None:
            self.segments = Segments(OrderLine(settings["orders"], log.flush), self._report_what_was_passed, self._leave_when_done)
            self.replayer.segments = self.segments
        self.levels: ShownLevels | None = None
        if plan.shows_other_levels:
            self.levels = ShownLevels(project, self.output, settings.get("log_level"))
        self.choice: Choice | None = None
        self._isolate = partial(isolation.begin, core, settings, self.replayer.notes)
        self.runtime = self.replayer.runtime = LoopRuntime(self.replayer, marks, project.own_code, core.shortcut)
        self.runtime.probe = self.output.probe
        if plan.choice is not None and self.segments is not None:
            asked = settings["choice"]
            self._choose(Choice.from_json(plan.choice, asked.get("ordinals"), asked.get("counts", False)), plan)
        self._watched = Watchers(self._watchers)
        if self._watchers:
            self.runtime.watch(self._watched.begins, self._watched.iteration, self._watched.ends)
        self.runtime.sites.on_new = self._count_checkpoints
        self.modules = ModuleLoader(root, project, self.runtime, self._rewrite, self._note)
        self.modules.recorded = self._recorded
        if settings["module"]:
            self.modules.main_names = (settings["script"], f"{settings['script']}.__main__")
        self.finder = ProjectFinder(root, self.modules.load, include=settings["include"], exclude=settings["exclude"])

    def start(self) -> None:
        """From here on project modules are rewritten, and loops are skipped."""
        self.finder.install()
        CompilerWatch(self.modules.project).install()
        loaders = AfterImport()
        loaders.install()
        Bridges(to_the_log).watch(loaders)
        samplers.watch(loaders)
        if self.levels is not None:
            self.levels.watch(loaders)
        lost_history.on_needed = self._retry
        atexit.register(self.end)
        os.register_at_fork(after_in_child=self._leave_child)
        self._isolate()
        self._log_only_what_is_new()
        if self.segments is not None:
            self.segments.start()
        if self.choice is not None:
            self.choice.start()
        if self.run.end is None and self.last_checkpoint is None:
            self._leave_at_the_records_end(None, "the script's start")

    def _set_new_lines_apart(self, settings: dict[str, Any], plan: Plan, log: Log) -> None:
        """What probes write is all that is to be seen, or is marked."""
        if settings.get("format"):
            positions = Positions.from_json(plan.positions)
            self._watchers.append(positions)
            self._values = Values(settings["format"], positions, lambda filename: self.modules.path_of(filename))
            self.output.on_written = self._values.write
        elif settings.get("only_new"):
            self.output.on_probe = OnlyNew(log.flush).switch
        elif settings.get("mark_new"):
            self.output.on_probe = Marked(log.flush).switch

    def _log_only_what_is_new(self) -> None:
        segments = self.replayer.segments
        hindsight = Hindsight(self.diff, self.output, self._values, self.modules.path_of, lambda: segments.is_on_the_way)
        self._core.log_only_where(hindsight.is_new)

    def _choose(self, choice: Choice, plan: Plan) -> None:
        """Only a part of the log is to be seen."""
        assert self.segments is not None
        self.choice = self.replayer.choice = choice
        choice.may_leave_out = plan.one_worker is None
        choice.begun = self.runtime.sites.executions_begun
        choice.show, choice.finish = self.segments.orders.shows, self._leave_when_finished
        self._watchers.append(choice)

    def _without_output(self, core: Any, decoded: DecodedCore, output: bytes) -> frozenset[int]:
        """The checkpoints that know of other output than is there, and says so."""
        known = [(number, one["output"]) for number, one in decoded.checkpoints() if "output" in one]
        hashes = core.prefix_hashes(output, [one["bytes"] for _, one in known])
        damaged = [number for (number, one), found in zip(known, hashes) if one["hash"] != found]
        if damaged:
            before = max((number for number, _ in known if number < damaged[0]), default=None)
            since = "from its start" if before is None else f"after checkpoint {before}"
            self.damages.append(f"output.ops is not what was recorded {since}; no loop that ended later is skipped")
        return frozenset(damaged)

    def _reasons(self, decoded: DecodedCore) -> dict[tuple[str, int], str]:
        """What the recording said of loops that it could not keep."""
        checkpoints = decoded.checkpoints()
        statistics = self.run.end["statistics"] if self.run.end else checkpoints[-1][1]["statistics"] if checkpoints else []
        return {(one["site"][0], one["site"][1]): one["reason"] for one in statistics if one["reason"] is not None}

    def _passed(self, number: int, position: str) -> None:
        self.replayer.segments.passed(number)
        if self.run.end is None and number == self.last_checkpoint:
            self._leave_at_the_records_end(number, position)

    def _leave_at_the_records_end(self, checkpoint: int | None, position: str) -> None:
        """Ends the process where an interrupted recording does. Nothing of the script's runs any more: it would print, too."""
        self.ended_after = {"checkpoint": checkpoint, "position": position}
        self.output.end()
        self._leave_now(RECORD_ENDED_STATUS)

    def _report_what_was_passed(self) -> None:
        """For the case that this worker dies later: what lies before then is done, and not done again."""
        path = os.path.join(self.folder, "passed.json")
        _write(f"{path}.new", self.report())
        os.replace(f"{path}.new", path)

    def _leave_when_finished(self) -> None:
        """Ends the process where nothing more is to be seen."""
        assert self.segments is not None
        self.segments.orders.finished()
        self._leave_now(0)

    def _leave_when_done(self) -> None:
        """Ends the process of a worker that has no further segment."""
        self._leave_now(0)

    def _leave_now(self, status: int) -> None:
        atexit.unregister(self.end)
        _write(os.path.join(self.folder, "worker.json"), self.report())
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):
                status = LOST_OUTPUT_STATUS
        processes = sys.modules.get("multiprocessing")
        for child in processes.active_children() if processes is not None else ():
            child.terminate()
        self._leave(status)

    def _leave_child(self) -> None:
        atexit.unregister(self.end)
        lost_history.on_needed = None
        self.runtime.become_inert()

    def _rewrite(self, path: str, filename: str, source: bytes) -> Rewritten | None:
        """Code with the recorded numbers. A file that was not recorded belongs to the probes and is left as it is."""
        if path not in self.run.sources:
            return None
        watched = self._watched.names_in(path)
        if path in self.diff.files:
            return rewrite_edited(self.diff.files[path], filename, source, watched)
        if not watched:
            # The recording has kept it, unless the folder was cleared since; a replay only reads there.
            return self._cache.get(self._cache.key(source, filename)) or rewrite_module(source, filename)
        return rewrite_watched(filename, source, watched)

    def _recorded(self, path: str) -> RecordedFile | None:
        return recorded_file(self.diff.files[path], self.run.sources[path]) if path in self.diff.files else None

    def _note(self, file: LoadedFile) -> None:
        """A file is loaded; the run knows it already."""

    def _count_checkpoints(self, site: Site) -> None:
        """A site that has checkpoints is never too light to look at."""
        site.checkpoints = self.replayer.checkpoints_of[site.key]

    def _output_differs(self, recorded: str, replayed: str) -> None:
        position = " > ".join(f"{e.site.path}:{e.site.line} #{e.number}" for e in self.runtime.stack) or "outside of all loops"
        self.replayer.divergences.append(Divergence(position, "standard output", recorded, replayed))

    def _retry(self, site: tuple[str, int], operation: str) -> None:
        """Ends the worker at once: since that skip, nothing it did is the program's."""
        why = f"a gradient reached a value of {operation} from before the loop's end, and no checkpoint holds its history"
        _write(os.path.join(self.folder, "retry.json"), {"site": list(site), "reason": why})
        os._exit(RETRY_STATUS)

    def end(self) -> None:
        """Writes `worker.json`: what was restored, executed and found."""
        self.output.end()
        if self.run.end is None and self.ended_after is None:
            known = f"checkpoint {self.last_checkpoint} was reached"
            self.replayer.divergences.append(
                Divergence("outside of all loops", "how far the program came", known, "it ended before")
            )
        _write(os.path.join(self.folder, "worker.json"), self.report())
        self.runtime.become_inert()

    def report(self) -> dict[str, Any]:
        lines = {site.key: (site.line, site.function) for site in self.runtime.sites}
        loops = [
            {
                "site": list(key),
                "line": lines[key][0],
                "function": lines[key][1],
                "restored": one.restored,
                "jumped": one.jumped,
                "executed": one.executed,
                "compared": one.compared,
                "restore_seconds": one.restore_seconds,
                "execute_seconds": one.execute_seconds,
                "bytes_read": one.bytes_read,
                "reasons": dict(one.reasons),
            }
            for key, one in self.replayer.reports.items()
        ]
        return {
            "loops": loops,
            "iterations": None if self.choice is None else self.choice.iterations,
            "shown_parts": None if self.choice is None else self.choice.shown_parts,
            "divergences": [vars(one) for one in self.replayer.divergences],
            "notes": self.replayer.notes,
            "damages": self.damages,
            "ended_after": self.ended_after,
            "bytes_read": sum(loop["bytes_read"] for loop in loops),
        }


def _read_plan(settings: dict[str, Any]) -> Plan:
    with open(os.path.join(settings["plan_folder"], "plan.json"), encoding="utf-8") as file:
        values = json.load(file)
    must_run = {(path, ordinal): reason for path, ordinal, reason in values["must_run"]}
    # Whose skip turned out to be wrong: also before a part of the log that was chosen.
    wrongly_skipped = {(path, ordinal): reason for path, ordinal, reason in settings.get("execute", [])}
    must_run = wrongly_skipped | must_run
    never_restored = frozenset((path, ordinal) for path, ordinal in [*values["never_restored"], *wrongly_skipped])
    plan = Plan(must_run, settings.get("restore_until"), values["reads_clock"], never_restored=never_restored)
    plan.one_worker, plan.choice = values["one_worker"], values["choice"]
    plan.clocks = values["clocks"]
    plan.shows_other_levels, plan.positions = values["shows_other_levels"], values["positions"]
    return plan


def _write(path: str, value: Any) -> None:
    private_files.write_text(path, json.dumps(value, indent=1) + "\n")
