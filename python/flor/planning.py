"""The planner: what was added to the program since it was recorded, and what has to run because of it.

Runs as a process of its own before the worker, with the user's Python, since the syntax tree is that Python's. Writes
`plan.json` into the replay's folder: probes, refusals and cautions in words, the sites that must run with their reasons,
and what is different about the machine.
"""

from __future__ import annotations

import ast
import json
import os
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import choosing, inputs, private_files, segments
from .probes import ProjectDiff, diff_project, log_settings, made_functions, must_run
from .record_of_run import FunctionsRan, RecordedRun, functions_ran, levels_asked
from .rewrite import survey
from .runtime.sites import SiteKey

_CLOCKS = frozenset({"perf_counter", "monotonic", "process_time", "now", "utcnow", "today", "time_ns", "perf_counter_ns", "timeit"})

# The seconds of a run do not count what we do before its first line; as long as that takes at most.
_START_SECONDS = 60.0


def plan(core: Any, settings: dict[str, Any], root: str) -> int:
    """Writes `plan.json`; the exit status says only whether that worked."""
    run = RecordedRun.read(settings["run_folder"], core)
    present = run.present_sources(root)
    diff = diff_project(run.sources, present)
    statistics = _statistics(core, run)
    found = describe(run, diff, functions_ran(statistics), _logging(statistics, diff, settings.get("log_level")))
    if not diff.refusals:
        found["inputs"] = inputs.changed_inputs(run, root, core.prefix_hashes)
        if settings.get("choice"):
            try:
                must = {(path, ordinal) for path, ordinal, _ in found["must_run"]}
                found["choice"] = choosing.choice(settings["choice"], run, diff, functions_ran(statistics), must)
            except choosing.WrongPosition as error:
                found["wrong_position"] = str(error)
        if settings.get("format"):
            found["positions"] = choosing.positions(run, diff, {(path, ordinal) for path, ordinal, _ in found["must_run"]})
        found["one_worker"] = segments.why_one_worker(run, diff, present, root)
        found |= _divided(core, run, diff, functions_ran(statistics), found["must_run"])
    text = json.dumps(found, indent=1)
    private_files.write_text(os.path.join(settings["replay_folder"], "plan.json"), text + "\n")
    return 0


def _statistics(core: Any, run: RecordedRun) -> list[dict[str, Any]]:
    """Of a run without an end, the last checkpoint knows; each checkpoint tells of all sites until then."""
    if run.end is not None:
        return list(run.end["statistics"])
    checkpoints = core.checkpoints()
    return list(json.loads(checkpoints[-1][1])["statistics"]) if checkpoints else []


@dataclass(frozen=True)
class _Logging:
    """What is shown of the program's log that was not: by `--log-level`, or because a probe sets up `logging`."""

    must_run: dict[SiteKey, str]
    is_other: bool


def _logging(statistics: list[dict[str, Any]], diff: ProjectDiff, level: int | None) -> _Logging:
    setting = log_settings.first(diff)
    asked = levels_asked(statistics)
    must = {} if level is None else log_settings.suppressed(asked, level)
    if setting is not None:
        must |= log_settings.concerned(asked, setting)
    return _Logging(must, level is not None or setting is not None or log_settings.may_set_up(diff))


def _divided(core: Any, run: RecordedRun, diff: ProjectDiff, ran: FunctionsRan, must: list[list[Any]]) -> dict[str, Any]:
    """How the work can be divided."""
    # By no name that is used below: 3.12.1 takes the variable of an inlined comprehension for it.
    checkpoints = [(checkpoint, json.loads(text)) for checkpoint, text in core.checkpoints()]
    numbers = {path: number(file.old_tree) for path, file in diff.files.items()}
    never = set(made_functions(diff, ran, numbers))
    pieces = segments.tree(checkpoints, segments.restore_costs(core, checkpoints, run.folder))
    end = run.end or {}
    seconds = end["seconds"] - end.get("lost_seconds", 0.0) if run.end else sum(piece.seconds for piece in pieces)
    found = segments.divided(pieces, {(path, ordinal) for path, ordinal, _ in must}, never, seconds)
    return {
        "segments": found.segments,
        "shared_seconds": found.shared_seconds,
        "run_seconds": seconds,
        "never_restored": sorted(never),
    }


def describe(run: RecordedRun, diff: ProjectDiff, ran: FunctionsRan, logging: _Logging) -> dict[str, Any]:
    """The plan as plain values."""
    return {
        "probes": [
            {"path": path, "line": probe.line, "text": ast.unparse(probe.statement).splitlines()[0]} for path, probe in diff.probes
        ],
        "refusals": [refusal.describe() for refusal in diff.refusals],
        "cautions": [f"{path}:{one.line}: {one.reason}\n  {one.text}" for path, one in diff.warnings],
        "must_run": [[*site, reason] for site, reason in {**logging.must_run, **must_run(diff, ran, number)}.items()],
        "shows_other_levels": logging.is_other,
        "reads_clock": any(reads_clock(ast.parse(source)) for source in run.sources.values()),
        "clocks": _clocks(run),
        "machine": inputs.machine_differences(run.header),
        "inputs": [],
        "connections": inputs.opened_connections(run),
        "segments": [],
        "shared_seconds": 0.0,
        "never_restored": [],
        "one_worker": None,
        "choice": None,
        "positions": [],
        "wrong_position": None,
        **_load(run),
    }


def _clocks(run: RecordedRun) -> list[tuple[float, float]]:
    """What the clocks showed from the recording's beginning to its end, in seconds: that of the world, and the monotonic one."""
    began = datetime.fromisoformat(run.header["started"].replace("Z", "+00:00")).timestamp()
    # Of a run without an end nobody knows when that was.
    seconds = run.end["seconds"] if run.end else max(0.0, time.time() - began)
    seconds += _START_SECONDS
    monotonic = run.header.get("monotonic_seconds")
    return [(began, began + seconds), *([] if monotonic is None else [(monotonic, monotonic + seconds)])]


def _load(run: RecordedRun) -> dict[str, Any]:
    """What the recorded process took of its machine."""
    end = run.end or {}
    seconds = end.get("seconds") or 1.0
    return {
        "busy_cores": end.get("processor_seconds", seconds) / seconds,
        "peak_bytes": end.get("peak_bytes", 0),
        "devices": len(end.get("devices", [])),
    }


def number(tree: ast.Module) -> tuple[dict[ast.stmt, int], dict[ast.AST, int]]:
    """The ordinals of a tree's loops, and of the functions whose executions leave a mark.

    Of any other function nobody knows where it ran.
    """
    found = survey(tree)
    loops = {node: site.ordinal for node, site in found.loops.items()}
    return loops, {node: site.ordinal for node, site in found.functions.items() if site.refusal is None}


def reads_clock(tree: ast.Module) -> bool:
    """Whether the program looks at a clock, so that floats in its state may be another number in each run."""
    for node in ast.walk(tree):
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None
        if name in _CLOCKS or (isinstance(node, ast.Attribute) and ast.unparse(node) == "time.time"):
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            return True
    return False
