"""Files that the script reads, and connections that it opens: what is another is named before a replay starts, and as a cause."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from .project import Project

TRAINING = """
    import json, os, pathlib, random

    def fold(number):
        total = 0
        for step in range(4):
            total += step * number
        return total

    numbers = json.load(open("numbers.json"))
    text = pathlib.Path("deep/notes.txt").read_text()
    weights = open("weights.bin", "rb").read()
    with open("own.txt", "w") as file:
        file.write("own")
    print(open("own.txt").read(), len(weights))
    random.seed(1)
    for number in numbers:
        print(number, fold(number), random.random())
"""
LARGE = 300_000


@pytest.fixture
def recorded(tmp_path: Path) -> Project:
    project = Project(tmp_path / "project")
    project.write("numbers.json", "[1, 2, 3]")
    project.write("deep/notes.txt", "notes")
    project.write("weights.bin", bytes(LARGE))
    project.write("train.py", TRAINING)
    project.recorded("train.py")
    return project


def warnings(project: Project) -> list[str]:
    complaint = project.replay("--dry-run", "train.py").complaint
    return [line.removeprefix("warning: ") for line in complaint.splitlines() if line.startswith("warning: ")]


def test_what_a_recording_notes(recorded: Project) -> None:
    lines = [json.loads(line) for line in (recorded.the_run() / "inputs.jsonl").read_text().splitlines()]
    assert [os.path.relpath(one["path"], recorded.folder.resolve()) for one in lines] == [
        "numbers.json",
        "deep/notes.txt",
        "weights.bin",
    ]
    assert [one["hash"] is None for one in lines] == [False, False, True]
    assert recorded.florpy("verify").status == 0
    (recorded.the_run() / "inputs.jsonl").write_text('{"path":1}\n')
    assert b"18" in recorded.florpy("verify").stdout


def test_nothing_is_said_where_nothing_changed(recorded: Project) -> None:
    recorded.write("numbers.json", "[1, 2, 3]")
    recorded.write("own.txt", "the script itself wrote this before")
    assert warnings(recorded) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda folder: (folder / "numbers.json").write_text("[1, 2, 4]"),
            "`numbers.json`, which the script reads, has another content",
        ),
        (
            lambda folder: (folder / "numbers.json").write_text("[]"),
            "`numbers.json`, which the script reads, has 2 bytes, it had 9",
        ),
        (lambda folder: (folder / "deep/notes.txt").unlink(), "`deep/notes.txt`, which the script reads, is not there any more"),
        (
            lambda folder: os.utime(folder / "weights.bin", (1, 1)),
            "`weights.bin`, which the script reads, was written since, and is too large for its content to be known",
        ),
    ],
)
def test_a_change_is_named_before_the_replay_starts(recorded: Project, change: Callable[[Path], object], expected: str) -> None:
    change(recorded.folder)
    assert warnings(recorded) == [expected]


def test_a_project_that_was_moved_with_its_inputs(recorded: Project, tmp_path: Path) -> None:
    moved = Project(recorded.folder.rename(tmp_path / "elsewhere"))
    assert warnings(moved) == []
    moved.write("numbers.json", "[1]")
    assert warnings(moved) == ["`numbers.json`, which the script reads, has 3 bytes, it had 9"]


def test_a_changed_input_is_the_probable_cause_of_a_divergence(recorded: Project) -> None:
    recorded.write("numbers.json", "[1, 2, 4]")
    recorded.after("train.py", "total += step * number", 'print("probe", total)')
    outcome = recorded.replay("train.py")
    assert outcome.status == 77
    assert "probable cause: the input `numbers.json`, which the script reads, has another content" in outcome.complaint


def test_a_probe_that_draws_random_numbers_is_the_probable_cause(recorded: Project) -> None:
    recorded.after("train.py", "total += step * number", 'print("probe", random.random())')
    outcome = recorded.replay("train.py")
    assert outcome.status == 77
    assert "moves a random state that the program draws from" in outcome.complaint.partition("probable cause: ")[2]


def test_where_no_cause_is_known(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    project.write("train.py", "import os\nfor n in range(3):\n    print(n, os.getpid())\n")
    assert project.record("train.py").status == 0
    project.after("train.py", "print(n, os.getpid())", 'print("probe")')
    outcome = project.replay("train.py")
    assert outcome.status == 77 and "probable cause: none is known" in outcome.complaint


CONNECTING = """
    import socket, threading

    server = socket.create_server(("127.0.0.1", 0))
    for n in range(3):
        with socket.create_connection(server.getsockname()):
            print(n)
    inside, other = socket.socketpair()
"""


def test_a_script_that_opens_connections_is_told_so(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    project.write("train.py", CONNECTING)
    project.recorded("train.py")
    (said,) = warnings(project)
    assert said.startswith("the script opened 3 network connections when it was recorded (the first to 127.0.0.1)")
