"""Recordings that are killed: what was committed is whole, and the part that ran is replayed and no more."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ..florpy_binary import built_florpy
from .project import Outcome, Project

SEED = int(os.environ.get("FLORPY_SEED", "20240607"))
MOMENTS = 10
INTERRUPTED = 74

TRAINING = """
    import random, time
    random.seed(5)
    weights = [0.0] * 1000
    history = []
    for epoch in range(25):
        total = 0.0
        for step in range(5):
            time.sleep(0.004)
            weights[step] += random.gauss(0, 1)
            total += weights[step]
            print("step", epoch, step, repr(total))
        history.append(total)
        print("epoch", epoch, repr(sum(history)))
    print("done", repr(sum(weights)))
"""
PROBE = ("history.append(total)", 'print("probe", epoch, len(history), repr(max(weights)))')


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project, whose whole recording took `seconds`."""
    project = Project(tmp_path_factory.mktemp("interrupted") / "project")
    project.write("train.py", TRAINING)
    return project


@pytest.fixture(scope="module")
def edited(training: Project, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What the script with the probe prints from start to end."""
    project = training.copy(tmp_path_factory.mktemp("edited") / "project")
    project.after("train.py", *PROBE)
    return project.plain("train.py")


@pytest.fixture(scope="module")
def whole_seconds(training: Project, tmp_path_factory: pytest.TempPathFactory) -> float:
    project = training.copy(tmp_path_factory.mktemp("whole") / "project")
    began = time.monotonic()
    project.recorded("train.py")
    return (time.monotonic() - began) / 2


def host_of(supervisor: int) -> int | None:
    try:
        children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    except FileNotFoundError:
        return None
    return int(children[0]) if children else None


def wait_until_unlocked(run: Path) -> None:
    """The host dies with its supervisor, but not in the same instant."""
    for _ in range(500):
        if subprocess.run(["flock", "-n", "-s", run / "lock", "true"], check=False).returncode == 0:
            return
        time.sleep(0.01)
    pytest.fail("the host outlived its supervisor")


def killed(project: Project, seconds: float, victim: str) -> int:
    """Kills a recording after that time; its exit status as the caller sees it."""
    command = [built_florpy(), "record", "--python", project.python, "--overhead", "unlimited", "train.py"]
    process = subprocess.Popen(
        command, cwd=project.folder, env=project.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(seconds)
    target = process.pid if victim == "supervisor" else host_of(process.pid)
    if target is not None and process.poll() is None:
        os.kill(target, signal.SIGKILL)
    return process.wait(timeout=30)


@pytest.mark.parametrize("moment", range(MOMENTS))
@pytest.mark.parametrize("victim", ["supervisor", "host"])
def test_killed_at_a_random_moment(
    training: Project, edited: Outcome, whole_seconds: float, victim: str, moment: int, tmp_path: Path
) -> None:
    place = random.Random(f"{SEED} {victim} {moment}").uniform(0.1, 1.0)
    print(f"seed {SEED}, moment {moment}: {victim} killed after {place:.3f} of {whole_seconds:.2f} s")
    project = training.copy(tmp_path / "project")
    status = killed(project, place * whole_seconds, victim)
    if not (project.store / "runs").is_dir() or not any((run / "run.json").exists() for run in project.runs()):
        assert project.replay("train.py").status == 66
        return
    run = project.the_run()
    wait_until_unlocked(run)
    verdict = project.florpy("verify", "--json")
    (found,) = json.loads(verdict.stdout)
    assert (verdict.status, found["sound"]) == (0, True), found
    committed = len(list((run / "checkpoints").glob("[0-9]" * 6)))
    assert found["checkpoints"] == committed
    listed = project.florpy("runs").text
    if (run / "end.json").exists():
        # A host may have come to its end when its supervisor was killed.
        assert status in (0, -signal.SIGKILL) and "finished" in listed
    else:
        assert status == -signal.SIGKILL and "killed" in listed

    project.after("train.py", *PROBE)
    answer = project.replay("train.py")
    if (run / "end.json").exists():
        assert (answer.stdout, answer.status) == (edited.stdout, 0), answer.complaint
        return
    assert edited.stdout.startswith(answer.stdout)
    assert answer.status == INTERRUPTED, answer.complaint
    assert "was interrupted" in answer.complaint and "\n\nhint: " in answer.complaint
    if committed:
        assert b"step" in answer.stdout
        assert f"its last checkpoint, {max_checkpoint(run)}," in answer.complaint


def max_checkpoint(run: Path) -> int:
    return max(int(path.name) for path in (run / "checkpoints").glob("[0-9]" * 6))


def interrupted(project: Project, lines: int) -> Path:
    """A recording that is killed when it has printed so many lines."""
    command = [built_florpy(), "record", "--python", project.python, "--overhead", "unlimited", "train.py"]
    process = subprocess.Popen(command, cwd=project.folder, env=project.environment(), stdout=subprocess.PIPE)
    assert process.stdout is not None
    for _ in range(lines):
        assert process.stdout.readline()
    process.kill()
    process.wait(timeout=30)
    process.stdout.close()
    wait_until_unlocked(project.the_run())
    return project.the_run()


GREEDY = """
    import atexit, os, random, time
    random.seed(5)
    atexit.register(lambda: print("never printed by a replay of a part"))
    try:
        total = 0.0
        for epoch in range(200):
            for step in range(3):
                time.sleep(0.005)
                total += random.random()
            print("epoch", epoch, repr(total), flush=True)
            open("epochs", "a").write("x")
    finally:
        print("nor is this")
"""


def test_a_replay_ends_where_the_recording_did(project: Project) -> None:
    project.write("train.py", GREEDY)
    run = interrupted(project, 10)
    project.after("train.py", 'print("epoch", epoch, repr(total), flush=True)', 'print("probe", epoch)')
    began = time.monotonic()
    answer = project.replay("--verbose", "train.py")
    assert answer.status == INTERRUPTED, answer.complaint
    last = json.loads((run / "checkpoints" / f"{max_checkpoint(run):06}").read_text().splitlines()[1])
    assert answer.text.splitlines()[-1] == f"probe {last['execution'] - 1}" != "probe 0"
    assert "never" not in answer.text and "nor is" not in answer.text
    assert time.monotonic() - began < 10
    report = json.loads((run / "replays" / "001" / "report.json").read_text())
    assert report["ended_after"]["checkpoint"] == max_checkpoint(run)
    assert report["divergences"] == []
    assert sum(loop["restored"] for loop in report["loops"]) > 3


def test_a_run_without_a_checkpoint_is_not_replayed_for_hours(project: Project) -> None:
    project.write("train.py", "import time\nprint('ready', flush=True)\nfor i in range(10**6):\n    time.sleep(1)\n")
    interrupted(project, 1)
    answer = project.replay("train.py")
    assert (answer.status, answer.stdout) == (INTERRUPTED, b"")
    assert "it has no checkpoint" in answer.complaint


def test_an_edit_that_never_comes_there_is_a_divergence(project: Project) -> None:
    """The probe ends the script early: the recorded checkpoints are never reached."""
    project.write("train.py", GREEDY)
    interrupted(project, 30)
    project.after("train.py", 'print("epoch", epoch, repr(total), flush=True)', "print(1 / (2 - epoch))")
    answer = project.replay("train.py")
    assert answer.status == 77, answer.complaint
    assert "how far the program came differs" in answer.complaint
