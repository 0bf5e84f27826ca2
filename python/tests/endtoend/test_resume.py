"""Recordings that are interrupted and go on: output, files and record are those of a run that nobody interrupted."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from ..florpy_binary import built_florpy
from .project import Outcome, Project
from .test_interrupted import wait_until_unlocked

TRAINING = """
    import os, random, sys, time
    random.seed(5)
    weights = [0.0] * 1000
    history = []
    log = open("train.log", "a")
    for epoch in range(8):
        total = 0.0
        for step in range(5):
            time.sleep(0.01)
            weights[step] += random.gauss(0, 1)
            total += weights[step]
            print("step", epoch, step, file=sys.stderr, flush=True)
        history.append(total)
        print("epoch", epoch, repr(total), flush=True)
        log.write(f"{epoch} {total!r}\\n")
        log.flush()
        with open("best.txt", "w") as best:
            best.write(repr(max(history)))
        if epoch > 0:
            os.remove(f"state-{epoch - 1}")
        open(f"state-{epoch}", "w").close()
    log.close()
    print("done", repr(sum(weights)))
"""
FILES = ["best.txt", "state-7", "train.log"]


@pytest.fixture
def training(project: Project) -> Project:
    project.between_iterations = True
    project.write("train.py", TRAINING)
    project.write("train.log", "of an earlier training\n")
    return project


def files_of(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in project.folder.iterdir() if path.is_file() and path.name != "train.py"}


def expected(project: Project, tmp_path: Path) -> tuple[Outcome, dict[str, bytes]]:
    """What an uninterrupted run prints and leaves."""
    other = project.copy(tmp_path / "uninterrupted")
    return other.plain("train.py"), files_of(other)


def started(project: Project, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [built_florpy(), *words, "train.py"],
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def interrupted(process: subprocess.Popen[bytes], project: Project, lines: int, number: int = signal.SIGKILL) -> bytes:
    """What a process had printed when it was ended, after so many lines."""
    assert process.stdout is not None
    seen = b"".join(process.stdout.readline() for _ in range(lines))
    process.send_signal(number)
    rest, complaint = process.communicate(timeout=60)
    assert process.returncode != 0, complaint
    wait_until_unlocked(project.runs()[-1])
    return seen + rest


def record(project: Project, lines: int, number: int = signal.SIGKILL) -> bytes:
    return interrupted(started(project, "record", "--python", project.python, "--overhead", "unlimited"), project, lines, number)


def resume(project: Project, *words: str) -> Outcome:
    return project.florpy("resume", "--python", project.python, *words, "train.py")


def since(whole: bytes, first: bytes) -> bytes:
    """What comes after the lines of the first part; those of a part that came after the checkpoint are printed again."""
    lines = whole.splitlines(keepends=True)
    return b"".join(lines[len(first.splitlines()) :])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_goes_on(training: Project, number: int, tmp_path: Path) -> None:
    plain, files = expected(training, tmp_path)
    first = record(training, 3, number)
    before = files_of(training)
    outcome = resume(training)
    assert outcome.status == 0, outcome.complaint
    assert outcome.stdout.endswith(since(plain.stdout, first)) and plain.stdout.endswith(outcome.stdout)
    assert files_of(training) == files and set(FILES) <= set(files)
    run = training.runs()[-1]
    assert (run / "stdout.log").read_bytes() == plain.stdout
    assert training.florpy("verify").status == 0
    header = json.loads((run / "run.json").read_text())
    assert header["resumed"]["run"] == header["resumed"]["first"] == training.runs()[-2].name
    # On the way nothing is heard of it, and most of it is not done.
    steps = [line for line in outcome.complaint.splitlines() if line.startswith("step")]
    assert steps[-1] == "step 7 4" and "step 0 0" not in steps and len(steps) < 36
    # What came after the checkpoint was moved, and not deleted.
    aside = run / "aside" / str(training.folder).lstrip("/")
    assert (aside / "train.log").read_bytes() == before["train.log"]


def test_a_resumed_run_is_replayed_as_a_whole(training: Project) -> None:
    record(training, 3)
    assert resume(training).status == 0
    for name in FILES:
        (training.folder / name).unlink()
    training.write("train.log", "of an earlier training\n")
    training.after("train.py", "history.append(total)", 'print("probe", epoch, repr(weights[2]))')
    report = training.replayed("train.py")
    assert sum(loop["restored"] + loop["jumped"] for loop in report["loops"]) >= 6, report["loops"]
    assert report["divergences"] == []


def test_again_and_again(training: Project, tmp_path: Path) -> None:
    plain, files = expected(training, tmp_path)
    record(training, 2)
    for lines in (1, 2, 1):
        interrupted(started(training, "resume", "--python", training.python, "--overhead", "unlimited"), training, lines)
    outcome = resume(training)
    assert outcome.status == 0, outcome.complaint
    assert plain.stdout.endswith(outcome.stdout) and files_of(training) == files
    assert (training.runs()[-1] / "stdout.log").read_bytes() == plain.stdout
    assert training.florpy("verify").status == 0
    first = training.runs()[0].name
    assert json.loads((training.runs()[-1] / "run.json").read_text())["resumed"]["first"] == first


FLAT = """
    import random, sys, time
    random.seed(2)
    step, total = 0, 0.0
    while step < 60:
        time.sleep(0.01)
        total += random.random()
        step += 1
        print(step, repr(total), flush=True)
        print("step", step, file=sys.stderr, flush=True)
    print("sum", repr(total))
"""


def test_in_the_middle_of_one_flat_loop(project: Project) -> None:
    project.between_iterations = True
    project.write("train.py", FLAT)
    plain = project.plain("train.py")
    first = record(project, 30)
    outcome = resume(project)
    assert outcome.status == 0, outcome.complaint
    assert plain.stdout.endswith(outcome.stdout)
    assert len(first.splitlines()) + len(outcome.stdout.splitlines()) >= 61
    steps = [line for line in outcome.complaint.splitlines() if line.startswith("step")]
    assert len(steps) < 50, "it began before where it was interrupted"
    manifests = sorted(path.name for path in (project.runs()[-1] / "checkpoints").iterdir())
    assert manifests[-1] > max(path.name for path in (project.runs()[0] / "checkpoints").iterdir())


def refused(project: Project, status: int, words: str) -> None:
    files, runs = files_of(project), project.runs()
    outcome = resume(project)
    assert (outcome.status, outcome.stdout) == (status, b""), outcome.complaint
    assert words in outcome.complaint and "\n\nhint: " in outcome.complaint
    assert (files_of(project), project.runs()) == (files, runs), "something was left behind"


def test_what_has_ended_is_not_resumed(training: Project) -> None:
    training.recorded("train.py")
    refused(training, 66, "has ended by itself")


def test_without_a_checkpoint_there_is_nothing_to_go_on_with(project: Project) -> None:
    project.write("train.py", "import time\nprint('ready', flush=True)\nfor i in range(10**6):\n    time.sleep(1)\n")
    record(project, 1)
    refused(project, 66, "has no checkpoint")


def test_a_changed_program_is_not_resumed(training: Project) -> None:
    record(training, 3)
    training.edit("train.py", "range(8)", "range(9)")
    refused(training, 76, "train.py")


def test_a_program_that_goes_another_way_is_not_resumed(project: Project) -> None:
    project.write("scale.txt", "2")
    project.write("train.py", 'print("scale", open("scale.txt").read())\n' + FLAT.replace("\n    ", "\n"))
    record(project, 30)
    project.write("scale.txt", "3")
    refused(project, 77, "recorded: scale 2")


def test_files_that_nobody_can_exchange(project: Project) -> None:
    project.write(
        "train.py",
        """
        import sqlite3, time
        connection = sqlite3.connect("values.db")
        connection.execute("create table numbers(value)")
        connection.commit()
        sqlite3.held = connection
        del connection
        for epoch in range(20):
            for step in range(3):
                time.sleep(0.01)
            print(epoch, flush=True)
        """,
    )
    record(project, 5)
    refused(project, 78, "is a database that is open")


def test_one_that_is_being_recorded(project: Project) -> None:
    project.write("train.py", FLAT.replace("step < 60", "step < 60_000"))
    process = started(project, "record", "--python", project.python, "--overhead", "unlimited")
    assert process.stdout is not None and process.stdout.readline()
    refused(project, 75, "is being recorded")
    process.kill()
    process.communicate(timeout=60)


def test_arguments_and_modules(project: Project, tmp_path: Path) -> None:
    project.between_iterations = True
    project.write("package/__init__.py", "")
    project.write("package/train.py", "import sys\nprint(sys.argv[1:], __name__)\n" + FLAT.replace("\n    ", "\n"))
    words = ["-m", "package.train", "--rate", "0.1"]
    plain = project.plain(*words)
    process = subprocess.Popen(
        [built_florpy(), "record", "--python", project.python, "--overhead", "unlimited", *words],
        cwd=project.folder, env=project.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    interrupted(process, project, 30)
    outcome = project.florpy("resume", "--python", project.python, "-m", "package.train")
    assert outcome.status == 0, outcome.complaint
    assert plain.stdout.endswith(outcome.stdout) and 0 < len(outcome.stdout.splitlines()) < 50


def test_record_or_resume_whichever_fits(training: Project, tmp_path: Path) -> None:
    plain, files = expected(training, tmp_path)
    words = ("record", "--auto-resume", "--python", training.python, "--overhead", "unlimited")
    parts = [interrupted(started(training, *words), training, lines) for lines in (2, 2)]
    other = training.run(built_florpy(), *words, "train.py", "--another-argument")
    assert other.stdout == plain.stdout, "a run with other arguments was resumed"
    # The latest run is another one now, and has ended: a new one is recorded.
    training.run("rm", *files)
    training.write("train.log", "of an earlier training\n")
    assert interrupted(started(training, *words), training, 3).startswith(plain.stdout.splitlines(keepends=True)[0])
    last = training.run(built_florpy(), *words, "train.py")
    assert last.status == 0 and plain.stdout.endswith(last.stdout) and last.stdout != plain.stdout
    assert files_of(training) == files
    headers = [json.loads((run / "run.json").read_text()) for run in training.runs()]
    assert ["resumed" in header for header in headers] == [False, True, False, False, True] and len(parts) == 2


LOGGING = """
    import time
    import flor
    for epoch in range(6):
        for step in range(4):
            time.sleep(0.01)
            flor.log("step", 4 * epoch + step)
        print("epoch", epoch, flush=True)
"""


def test_what_is_logged_on_the_way_is_the_earlier_runs(project: Project) -> None:
    project.between_iterations = True
    project.write("train.py", LOGGING)
    record(project, 3)
    outcome = resume(project)
    assert (outcome.status, outcome.stderr) == (0, b""), outcome.complaint
    rows = project.florpy("logs", "latest", "--format", "jsonl").text.splitlines()
    steps = [json.loads(row)["step"] for row in rows]
    assert 0 < len(steps) < 24 and steps == list(range(24 - len(steps), 24))


def test_what_goes_wrong_before_the_script_starts_is_told(training: Project) -> None:
    record(training, 3)
    (training.store / "lock").unlink()
    (training.store / "lock").mkdir()
    outcome = resume(training)
    assert outcome.status == 1 and "lock" in outcome.complaint, outcome.complaint
