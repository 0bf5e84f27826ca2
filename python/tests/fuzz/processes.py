"""Random programs through the real binary: several as modules of one project, since PyTorch takes long to start."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..endtoend.project import Project
from .counts import Counts
from .in_process import LIBRARY, Failure
from .program import Program

# Long enough for a checkpoint to pay, where all but a hundredth of the time may go into checkpoints.
PAUSE_SECONDS = 0.01


def check(programs: Sequence[Program], restore_share: float) -> Counts:
    """Records them as they were and replays them as edited: everything that can be restored, then a share of it."""
    with tempfile.TemporaryDirectory() as folder:
        project = _project(Path(folder), programs, edited=False)
        options = {"PYTHONPATH": str(LIBRARY), "FLOR_FUZZ_PAUSE": str(PAUSE_SECONDS), "PYTHONHASHSEED": "0"}
        try:
            return _checked(project, programs, restore_share, options)
        except AssertionError as error:
            raise _failure(programs, restore_share, error) from error


def _checked(project: Project, programs: Sequence[Program], restore_share: float, options: dict[str, Any]) -> Counts:
    project.recorded("main.py", **options)
    checkpoints = len(list((project.the_run() / "checkpoints").iterdir()))
    _project(project.folder, programs, edited=True)
    counts = Counts(programs=len(programs), checkpoints=checkpoints)
    reports = [project.replayed("main.py", **options)]
    reports.append(project.replayed_until(int(checkpoints * restore_share), "main.py", **options))
    for report in reports:
        assert report["divergences"] == [], report["divergences"]
        for kind in ("restored", "executed", "compared"):
            setattr(counts, kind, getattr(counts, kind) + sum(loop[kind] for loop in report["loops"]))
    counts.restoring_programs = len({loop["site"][0] for loop in reports[0]["loops"] if loop["restored"]})
    return counts


def _project(folder: Path, programs: Sequence[Program], *, edited: bool) -> Project:
    """A main script that imports one program after the other, and forgets it."""
    project = Project(folder)
    lines = ["import sys"]
    for number, program in enumerate(programs):
        name = f"program_{number}"
        project.write(f"{name}.py", program.text(edited=edited, pauses=True))
        lines += ["try:", f"    import {name}", "except Exception as error:", "    print(type(error).__name__, error)"]
        lines += [f"sys.modules.pop('{name}', None)", f"{name} = None"]
    project.write("main.py", "\n".join(lines) + "\n")
    return project


def _failure(programs: Sequence[Program], restore_share: float, error: AssertionError) -> Failure:
    """The failure of the first of the programs that fails alone, if one does."""
    for program in programs if len(programs) > 1 else ():
        try:
            check([program], restore_share)
        except Failure as failure:
            return failure
    if len(programs) == 1:
        return Failure("through the binary", programs[0], "(see what was found)", str(error))
    texts = [program.edited for program in programs]
    return Failure(f"only {len(programs)} programs together, through the binary", programs[0], "\n\n".join(texts), str(error))
