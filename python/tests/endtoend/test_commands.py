"""What florpy itself says: the summary of a recording, `runs`, `show`; and recordings side by side."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess

from ..florpy_binary import built_florpy
from ..terminal import everything
from .project import Project

TRAINING = """
    import random, sys, time
    random.seed(int(sys.argv[1]) if sys.argv[1:] else 0)
    total = 0.0
    for epoch in range(5):
        for step in range(4):
            time.sleep(0.01)
            total += random.random()
        print(epoch, total)
"""
SUMMARY = re.compile(
    r"florpy: run \d{8}-\d{6}-[0-9a-f]{6}, 2 loops, \d+ checkpoints?, [\d.]+ [kM]?B, [\d.]+ % overhead; "
    r"add log lines, then: florpy replay train\.py"
)


def at_terminal(project: Project, *words: str) -> str:
    """What a terminal as standard error receives."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [built_florpy(), "record", "--python", project.python, *words],
        cwd=project.folder,
        env=project.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=slave,
    )
    os.close(slave)
    received = everything(master)
    assert process.wait(timeout=30) == 0
    os.close(master)
    return received.decode()


def test_the_summary_is_for_a_terminal(project: Project) -> None:
    project.write("train.py", TRAINING)
    said = at_terminal(project, "train.py").replace("\r\n", "\n")
    assert SUMMARY.fullmatch(said.removesuffix("\n")), said


def test_the_summary_is_for_who_asks(project: Project) -> None:
    project.write("train.py", TRAINING)
    plain = project.plain("train.py")
    silent = project.florpy("record", "train.py")
    assert silent == plain
    told = project.florpy("record", "--verbose", "train.py")
    assert (told.status, told.stdout) == (0, plain.stdout)
    assert SUMMARY.fullmatch(told.complaint.splitlines()[-1]), told.complaint
    elsewhere = project.florpy("record", "--verbose", "--store", project.folder / "s", "train.py")
    assert elsewhere.complaint.endswith(f"florpy replay --store {project.folder / 's'} train.py\n")


def test_the_summary_of_what_was_not_recorded(project: Project) -> None:
    project.write("broken.py", "for\n")
    told = project.florpy("record", "--verbose", "broken.py")
    assert told.status == 1 and told.complaint.endswith("florpy: nothing was recorded\n")
    project.write("train.py", "import os\nfor i in range(3):\n    pass\nos.kill(os.getpid(), 9)\n")
    told = project.florpy("record", "--verbose", "train.py")
    assert told.status == -9 and "was cut short" in told.complaint
    project.write("train.py", TRAINING + "        if epoch == 3:\n            os.kill(os.getpid(), 9)\n")
    project.after("train.py", "import random, sys, time", "import os")
    told = project.florpy("record", "--verbose", "--overhead", "unlimited", "train.py")
    assert told.status == -9 and told.complaint.endswith("; to go on: florpy resume train.py\n"), told.complaint


def test_the_summary_of_a_crash(project: Project) -> None:
    project.write("train.py", TRAINING + "    print(1 / (total - total))\n")
    told = project.florpy("record", "--verbose", "train.py")
    (run,) = project.runs()
    assert told.status == 1 and f"; it ended by ZeroDivisionError: florpy debug {run.name}; add log lines" in told.complaint


def test_two_recordings_at_once(project: Project) -> None:
    project.write("train.py", TRAINING)
    recordings = [
        subprocess.Popen(
            [built_florpy(), "record", "--python", project.python, "--overhead", "unlimited", "train.py", str(seed)],
            cwd=project.folder,
            env=project.environment(),
            stdout=subprocess.PIPE,
        )
        for seed in (1, 2)
    ]
    outputs = [recording.communicate(timeout=60)[0] for recording in recordings]
    assert [recording.returncode for recording in recordings] == [0, 0]
    assert outputs == [project.plain("train.py", seed).stdout for seed in (1, 2)]
    assert project.florpy("verify").text.count(": sound, ") == 2
    project.after("train.py", "print(epoch, total)", 'print("probe", epoch)')
    expected = {project.plain("train.py", seed).stdout for seed in (1, 2)}
    answers = [project.replay("--run", run.name, "train.py") for run in project.runs()]
    assert [answer.status for answer in answers] == [0, 0]
    assert {answer.stdout for answer in answers} == expected


def test_runs_are_filtered_and_sorted_by_what_they_were_given(project: Project) -> None:
    project.write("train.py", "import sys\nprint(sys.argv)\n")
    for rate in ("0.1", "0.02", "0.3"):
        project.record("train.py", "--rate", rate)

    def rates(*words: str) -> list[float]:
        return [run["values"]["rate"] for run in json.loads(project.florpy("runs", "--json", "--show", "rate", *words).stdout)]

    assert rates() == [0.3, 0.02, 0.1]
    assert rates("--sort", "rate") == [0.02, 0.1, 0.3]
    assert rates("--sort", "-rate", "--last", "2") == [0.3, 0.1]
    assert rates("--where", "rate>=1e-1", "--where", "status=finished", "--sort", "rate") == [0.1, 0.3]
    assert "0.02" in project.florpy("runs", "--where", "rate<0.1", "--show", "rate").text.splitlines()[1]
    assert project.florpy("runs", "--where", "rate=7").status == 66
    for wrong in (("--where", "rate"), ("--where", "speed=1"), ("--sort", "-speed"), ("--last", "0")):
        refused = project.florpy("runs", *wrong)
        assert refused.status == 64 and refused.stdout == b"", refused.complaint


def test_the_catalogue_may_be_deleted_or_damaged(project: Project) -> None:
    project.write("train.py", TRAINING)
    project.recorded("train.py")
    listed = project.florpy("runs", "--json")
    catalogue = project.store / "catalogue.sqlite"
    catalogue.write_bytes(catalogue.read_bytes()[:5000] + b"damaged")
    assert project.florpy("runs", "--json") == listed
    catalogue.unlink()
    assert project.florpy("runs", "--json") == listed
    assert project.florpy("reindex").text == "1 run, 0 logged values\n"
    assert project.florpy("runs", "--json") == listed


LEFT_ALONE = """
    def numbers():
        for i in range(3):
            yield i

    async def later():
        for i in range(3):
            pass
        async for i in later():
            pass

    for epoch in range(2):
        for step in numbers():
            print(epoch, step)
"""


def test_show_lists_the_loops_that_are_left_alone(project: Project) -> None:
    project.write("train.py", LEFT_ALONE)
    project.recorded("train.py")
    shown = project.florpy("show")
    assert shown.status == 0
    lines = [line for line in shown.text.splitlines() if line.startswith("train.py:")]
    assert lines[0].startswith("train.py:2 ") and "no: " in lines[0] and "yield" in lines[0], lines
    loops = json.loads(project.florpy("show", "--json").stdout)["loops"]
    reasons = {loop["line"]: loop.get("reason") for loop in loops}
    assert "yield" in reasons[2]
    assert reasons[8], "`async for` is listed with its reason"
    assert all(loop["skippable"] is (loop.get("reason") is None) for loop in loops)


def test_show_and_runs_tell_what_was_run(project: Project) -> None:
    project.write("train.py", TRAINING)
    project.recorded("train.py", "7", "--flag")
    shown = project.florpy("show").text
    for fact in ("7 --flag", "finished, exit 0", "checkpoints", "overhead", "train.py:4", "train.py:5", str(project.folder)):
        assert fact in shown
    assert re.search(r"train\.py:5 +<module> +5 +0\.\d+ +[1-5] ", shown), shown
    (run,) = json.loads(project.florpy("runs", "--json").stdout)
    assert (run["status"], run["exit"]) == ("finished", 0)
    project.write("train.py", "raise SystemExit(3)")
    assert project.record("train.py").status == 3
    assert "failed (exit 3)" in project.florpy("runs").text
