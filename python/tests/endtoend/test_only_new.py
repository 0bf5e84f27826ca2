"""Replays that print only what probes add."""

from __future__ import annotations

from pathlib import Path

import pytest

from .project import Project

TRAINING = """
    import os, select, subprocess, sys

    def train(epoch):
        total = 0
        for step in range(8):
            select.select([], [], [], 0.02)
            total += step * epoch
        print("trained", end=" ")
        return total

    print("begins")
    for epoch in range(9):
        print("epoch", epoch, train(epoch), flush=epoch % 2 == 0)
    os.write(1, b"past sys.stdout\\n")
    print("ends", file=sys.stderr)
"""
STEP = "total += step * epoch"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.of_recorded(TRAINING, tmp_path_factory.mktemp("only_new"))


@pytest.fixture
def copy(recorded: Project, tmp_path: Path) -> Project:
    return recorded.copy(tmp_path / "project")


def new_lines(project: Project) -> str:
    """Of a line that a probe has begun and the program ends, only the probe's part."""
    found = [line[line.index("new") :] for line in project.plain("train.py").text.splitlines() if "new" in line]
    return "".join(f"{line}\n" for line in found)


@pytest.mark.parametrize("words", [["-j", "1"], ["-j", "3"], ["--from", "epoch=0"]])
def test_only_what_probes_print(copy: Project, words: list[str]) -> None:
    copy.after("train.py", STEP, 'print("new", epoch, step)')
    copy.after("train.py", 'print("begins")', 'print("new at the top")')
    answer = copy.replay("--only-new", *words, "train.py")
    expected = new_lines(copy) if words[0] == "-j" else new_lines(copy).replace("new at the top\n", "")
    assert answer.text == expected, answer.complaint
    assert answer.stderr == b"ends\n"


def test_probes_that_write_past_python(copy: Project) -> None:
    copy.after("train.py", STEP, 'print("new", epoch, end=""); os.write(1, b"+"); subprocess.run(["echo", "new", str(step)])')
    answer = copy.replay("--only-new", "train.py")
    steps = [(epoch, step) for epoch in range(9) for step in range(8)]
    # As in any program, what `print` wrote leaves its buffer later.
    assert answer.text == "".join(f"+new {step}\nnew {epoch}" for epoch, step in steps), answer.complaint


def test_nothing_new(copy: Project) -> None:
    assert copy.replay("--only-new", "train.py").stdout == b""
