"""Replays that the user ends: nothing runs on, nothing is left behind, and the next command finds a run as whole as before."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import textwrap
import time
from pathlib import Path

import pytest

from ..florpy_binary import built_florpy
from .project import Project
from .running import Running, session_of

# It keeps a folder for itself and a process beside it, and writes files, one of which is there twice as long as the other.
TRAINING = """
    import os, random, select, shutil, tempfile
    import flor

    random.seed(5)
    scratch = tempfile.mkdtemp()
    if "HELPED" in os.environ:
        os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "600")
    total = 0.0
    for epoch in flor.loop("epoch", range(30)):
        for step in range(6):
            select.select([], [], [], 0.02)
            total += random.random()
        with open("epochs.txt", "a") as file:
            file.write(f"{epoch} {total!r}\\n")
        with open("best.txt", "w") as file:
            file.write(repr(total))
        print("epoch", epoch, repr(total), flush=True)
    shutil.rmtree(scratch)
"""
STEP = "total += random.random()"
PROBE = 'print("probe", epoch, step, flor.log("total", total), flush=True)'


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("ended") / "project")
    project.write("train.py", TRAINING)
    assert project.record("train.py").status == 0
    project.after("train.py", STEP, PROBE)
    return project


@pytest.fixture
def project(recorded: Project, tmp_path: Path) -> Project:
    return recorded.copy(tmp_path / "project")


def user_files(project: Project) -> dict[str, tuple[bytes, int]]:
    """Content and time of all that is not in the store."""
    paths = [path for path in project.folder.rglob("*") if path.is_file() and project.store not in path.parents]
    return {str(path.relative_to(project.folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_behind(project: Project, tmp_path: Path, number: int) -> None:
    """As a terminal sends Ctrl-C: to the whole group that it has in the foreground."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    before = user_files(project)
    running = Running(project, 2, HELPED="1", TMPDIR=str(temporary))
    assert len(running.left_over()) > len(running.workers), "the one that has printed has a helper"
    os.killpg(running.pid, number)
    assert running.end()[2] == -number
    assert running.left_over() == []
    assert list(temporary.iterdir()) == []
    assert user_files(project) == before


def test_the_next_commands_do_not_trip_over_it(project: Project) -> None:
    running = Running(project, 2)
    os.killpg(running.pid, signal.SIGINT)
    running.end()
    first = project.the_run() / "replays" / "001"
    assert first.is_dir() and not (first / "report.json").exists()
    assert project.florpy("verify").status == 0
    for command in ("show", "runs", "explain", "gc"):
        answer = project.florpy(command, *(["train.py"] if command == "explain" else []))
        assert (answer.status, answer.stderr) == (0, b""), command
    answer = project.replay("-j", 2, "train.py")
    rows = [json.loads(line) for line in project.florpy("logs", "latest", "--format", "jsonl").text.splitlines()]
    totals = [repr(row["total"]) for row in sorted(rows, key=lambda row: row["epoch"])]
    for used, plainly in (
        ("import flor\n", ""),
        ('flor.loop("epoch", range(30))', "range(30)"),
        ('flor.log("total", total)', "total"),
    ):
        project.edit("train.py", used, plainly)
    plain = project.plain("train.py")
    assert (answer.stdout, answer.status) == (plain.stdout, 0), answer.complaint
    assert totals == [line.split()[-1] for line in plain.text.splitlines() if "probe" in line]
    assert project.florpy("rm", project.the_run().name).status == 0
    assert project.runs() == []


# What Python executes at its own start, before florpy's first line.
SLOW_START = """
    import os, time
    open("begun", "w").close()
    while not os.path.exists("go on"):
        time.sleep(0.01)
"""


@pytest.fixture
def planning(project: Project, tmp_path: Path) -> subprocess.Popen[bytes]:
    """A replay that is being planned until there is a file `go on`."""
    (tmp_path / "start").mkdir()
    (tmp_path / "start" / "sitecustomize.py").write_text(textwrap.dedent(SLOW_START))
    process = subprocess.Popen(
        [built_florpy(), "replay", "--python", project.python, "train.py"],
        cwd=project.folder,
        env=project.environment(PYTHONPATH=str(tmp_path / "start")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while not (project.folder / "begun").exists():
        assert process.poll() is None
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_before_there_are_workers(project: Project, planning: subprocess.Popen[bytes], number: int) -> None:
    """It dies as any program does, and does not call the run damaged."""
    os.killpg(planning.pid, number)
    (project.folder / "go on").touch()
    assert (*planning.communicate(), planning.returncode) == (b"", b"", -number)


def test_a_planner_that_something_else_ends(planning: subprocess.Popen[bytes]) -> None:
    (planner,) = session_of(planning.pid)
    os.kill(planner, signal.SIGKILL)
    stdout, stderr = planning.communicate()
    assert (stdout, planning.returncode) == (b"", 70)
    assert stderr.startswith(b"error: the replay failed: its planner was ended by signal 9\n\nhint: ")
