"""What runs take of the disk: thinning while recording, `florpy rm`, `florpy gc`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from ..florpy_binary import built_florpy
from .project import Project

TRAINING = """
    import random
    random.seed(3)
    table = [0.0] * 5000
    for epoch in range(100):
        for step in range(2000):
            table[step] += random.random()
        print("epoch", epoch, sum(table))
"""
IN_USE, NOT_FOUND = 75, 66


@pytest.fixture
def training(project: Project) -> Project:
    project.write("train.py", TRAINING)
    return project


@pytest.mark.parametrize("size", ["0", "-5GB", "many", "GB", "1e300"])
def test_a_size_that_is_none(training: Project, size: str) -> None:
    answer = training.record("--max-disk", size, "train.py")
    assert answer.status == 64 and "--max-disk" in answer.complaint


def test_a_run_is_removed_with_all_that_it_has(training: Project) -> None:
    training.recorded("train.py")
    training.recorded("train.py")
    first, second = training.runs()
    assert training.florpy("rm", first.name).text == f"removed {first.name}\n"
    assert training.runs() == [second]
    assert not any((training.store / "removed").iterdir())
    assert first.name not in training.florpy("runs").text
    assert training.florpy("rm", first.name).status == NOT_FOUND
    assert training.florpy("verify").status == 0
    assert training.replay("train.py").status == 0


def running(project: Project) -> subprocess.Popen[bytes]:
    """A recording that waits for a line on its standard input."""
    project.write("waits.py", "print('ready', flush=True)\ninput()\nfor i in range(3):\n    print(sum(range(10**5)))\n")
    command = [built_florpy(), "record", "--python", project.python, "--overhead", "unlimited", "waits.py"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=project.folder, env=project.environment(), stdin=pipe, stdout=pipe)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    return process


def test_a_recording_goes_on_beside_gc_and_rm(training: Project) -> None:
    training.recorded("train.py")
    (done,) = training.runs()
    with running(training) as process:
        (recording,) = [run for run in training.runs() if run != done]
        refused = training.florpy("rm", done.name, recording.name)
        assert refused.status == IN_USE and "being recorded" in refused.complaint and "\n\nhint: " in refused.complaint
        assert training.runs() == [done, recording]
        collected = json.loads(training.florpy("gc", "--json").stdout)
        assert (collected["removed"], collected["runs_in_use"]) == ([], [recording.name])
        assert training.florpy("rm", done.name).status == 0
        process.communicate(b"\n", timeout=60)
    assert process.returncode == 0
    assert training.the_run() == recording
    assert training.florpy("verify").status == 0


def test_gc_takes_what_crashes_leave_and_nothing_else(training: Project) -> None:
    training.recorded("train.py")
    run = training.the_run()
    training.replay("train.py")
    before = {path for path in run.rglob("*") if path.is_file()}
    (run / "packs" / "000999").write_bytes(b"x" * 1000)
    (run / "checkpoints" / "000999.tmp").write_bytes(b"y")
    (training.store / "runs" / "20200101-000000-000000" / "packs").mkdir(parents=True)
    half_removed = training.store / "removed" / "20200101-000000-111111"
    half_removed.mkdir(parents=True)
    (half_removed / "end.json").write_bytes(b"z" * 500)
    os.symlink(training.folder, half_removed / "link")
    assert "would remove" in training.florpy("gc", "--dry-run").text
    assert half_removed.exists()
    collected = json.loads(training.florpy("gc", "--json").stdout)
    assert {Path(path).name for path in collected["removed"]} == {"000999", "000999.tmp", "20200101-000000-000000"}
    assert collected["bytes"] >= 1501
    assert training.the_run() == run and not half_removed.exists()
    assert {path for path in run.rglob("*") if path.is_file()} == before
    assert (training.folder / "train.py").exists()
    assert json.loads(training.florpy("gc", "--replays", "--json").stdout)["removed"] == [str(run / "replays" / "001")]
    assert training.replay("train.py").status == 0
