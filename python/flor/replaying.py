"""A replay worker in this process: the edited script under the rewriting of the recorded one, with a session that skips."""

from __future__ import annotations

import ast
import atexit
import json
import os
from typing import Any

from .modules import LoadedFile, ModuleLoader
from .probes import ProjectDiff, carry_numbers, diff_project
from .project import Project
from .record_of_run import RecordedRun
from .rewrite import ProjectFinder, Rewritten, Survey, compile_module, rewrite_module, survey
from .runtime.loops import LoopRuntime
from .runtime.output import Log, ReplayOutput
from .runtime.replaying import Divergence, Plan, Replayer
from .runtime.sites import FunctionMarks, Site
from .state import lost_history

# The worker's exit status where a skip turned out to be wrong; `retry.json` then names the site.
RETRY_STATUS = 75


class _DecodedCore:
    """The core with manifests as objects."""

    def __init__(self, core: Any) -> None:
        self._core = core
        for name in ("graph", "leaf_hashes", "load", "read_leaf", "read_memory", "hash_memory", "locals_to_fast"):
            setattr(self, name, getattr(core, name))

    def checkpoints(self) -> list[tuple[int, dict[str, Any]]]:
        return [(number, json.loads(text)) for number, text in self._core.checkpoints()]


class Replaying:
    """The one replay of this process. Twin of `recording.Recording`."""

    def __init__(self, core: Any, settings: dict[str, Any], root: str, log: Log) -> None:
        self.root, self.folder = root, settings["replay_folder"]
        self.run = RecordedRun.read(settings["run_folder"])
        self.diff: ProjectDiff = diff_project(self.run.sources, self.run.present_sources(root))
        plan = _read_plan(self.folder, settings)
        marks = FunctionMarks()
        project = Project()
        project.known_names = names_in(self.run.sources.values()) if self.diff.files else None
        self.output = ReplayOutput(log, self.run.output(), self.run.end is not None, self._output_differs)
        self.replayer = Replayer(_DecodedCore(core), project, plan, self.output)  # type: ignore[arg-type]
        self.runtime = self.replayer.runtime = LoopRuntime(self.replayer, marks)
        self.runtime.probe = self.output.probe
        self.runtime.on_new_site = self._count_checkpoints
        self.modules = ModuleLoader(root, project, self.runtime, self._rewrite, self._note)
        self.modules.recorded_lines = self._recorded_lines
        if settings["module"]:
            self.modules.main_names = (settings["script"], f"{settings['script']}.__main__")
        self.finder = ProjectFinder(root, self.modules.load, include=settings["include"], exclude=settings["exclude"])

    def start(self) -> None:
        """From here on project modules are rewritten, and loops are skipped."""
        self.finder.install()
        lost_history.on_needed = self._retry
        atexit.register(self.end)
        os.register_at_fork(after_in_child=self._leave_child)

    def _leave_child(self) -> None:
        atexit.unregister(self.end)
        lost_history.on_needed = None
        self.runtime.become_inert()

    def _rewrite(self, path: str, filename: str, source: bytes) -> Rewritten | None:
        """Code with the recorded numbers. A file that was not recorded belongs to the probes and is left as it is."""
        if path not in self.run.sources:
            return None
        if path not in self.diff.files:
            return rewrite_module(source, filename)
        file = self.diff.files[path]
        recorded = survey(file.old_tree)
        loops, functions = carry_numbers(file.alignment, recorded.loops, recorded.functions)
        carried = Survey(loops, functions, recorded.refusal)  # type: ignore[arg-type]
        probes = frozenset(probe.statement for probe in file.alignment.added)
        code = compile_module(source, filename, tree=file.new_tree, survey=carried, probes=probes)
        return Rewritten(code, tuple(carried.loops.values()), tuple(carried.functions.values()), recorded.refusal)

    def _recorded_lines(self, path: str) -> dict[int, int]:
        file = self.diff.files.get(path)
        return file.alignment.old_lines if file is not None else {}

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
        _write(os.path.join(self.folder, "worker.json"), self.report())

    def report(self) -> dict[str, Any]:
        lines = {site.key: (site.line, site.function) for site in self.runtime.sites}
        loops = [
            {
                "site": list(key),
                "line": lines[key][0],
                "function": lines[key][1],
                "restored": one.restored,
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
            "divergences": [vars(one) for one in self.replayer.divergences],
            "notes": self.replayer.notes,
            "bytes_read": sum(loop["bytes_read"] for loop in loops),
        }


def _read_plan(folder: str, settings: dict[str, Any]) -> Plan:
    with open(os.path.join(folder, "plan.json"), encoding="utf-8") as file:
        values = json.load(file)
    must_run = {(path, ordinal): reason for path, ordinal, reason in values["must_run"]}
    for path, ordinal, reason in settings.get("execute", []):
        must_run.setdefault((path, ordinal), reason)
    return Plan(must_run, settings.get("restore_until"), values["reads_clock"])


def names_in(sources: Any) -> set[str]:
    """All names that the recorded program binds or reads. What is not among them came with a probe."""
    found: set[str] = set()
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            for field in ("id", "arg", "name", "asname", "rest"):
                value = getattr(node, field, None)
                if isinstance(value, str):
                    found.add(value.partition(".")[0])
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                found.update(node.names)
    return found


def _write(path: str, value: Any) -> None:
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.write("\n")
