"""`--format`: what probes print, as records with the place in the program; and how a terminal shows what is new."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ..florpy_binary import built_florpy
from ..terminal import everything
from .project import Project

TRAINING = """
    import logging, sys, time
    from model import step

    def train(epoch):
        total = 0
        for batch, (left, right) in enumerate([(1, 2), (3, 4)]):
            time.sleep(0.01)
            total += step(left, right)
        return total

    print("begins")
    for epoch in range(3):
        print("epoch", epoch, train(epoch))
    rounds = 0
    while rounds < 2:
        time.sleep(0.01)
        rounds += 1
    print("ends")
"""
MODEL = """
    def step(left, right):
        product = 0
        for _ in range(right):
            product += left
        return product
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("values") / "project")
    project.write("model.py", MODEL)
    project.write("train.py", TRAINING)
    project.recorded("train.py")
    return project


@pytest.fixture
def copy(recorded: Project, tmp_path: Path) -> Project:
    return recorded.copy(tmp_path / "project")


def values(project: Project, *words: Any) -> list[dict[str, Any]]:
    outcome = project.replay("--format", "jsonl", *words, "train.py")
    assert outcome.status == 0, outcome.complaint
    return [json.loads(line) for line in outcome.stdout.splitlines()]


@pytest.mark.parametrize("workers", [1, 2])
def test_each_line_with_its_place(copy: Project, workers: int) -> None:
    copy.after("train.py", "total += step(left, right)", 'print("total", total); print("to stderr", file=sys.stderr)')
    line = copy.line_of("train.py", 'print("total", total); print("to stderr", file=sys.stderr)')
    found = values(copy, "-j", workers)
    shown = [(one["at"], one["stream"], one["text"]) for one in found]
    assert shown == [
        (f"epoch={epoch},batch={batch}", stream, text)
        for epoch in range(3)
        for batch, total in enumerate((2, 14))
        for stream, text in (("stdout", f"total {total}"), ("stderr", "to stderr"))
    ]
    assert {(one["file"], one["line"]) for one in found} == {("train.py", line)}
    outer, inner = found[2]["loops"]
    assert (outer["iteration"], outer["variables"]) == (0, {"epoch": 0})
    assert (inner["file"], inner["iteration"], inner["variables"]) == ("train.py", 1, {"batch": 1, "left": 3, "right": 4})
    assert inner["line"] == copy.line_of("train.py", "for batch, (left, right) in enumerate([(1, 2), (3, 4)]):")


def test_places_in_other_files_and_in_loops_without_a_variable(copy: Project) -> None:
    copy.after("model.py", "product += left", 'print("product", product)')
    copy.after("train.py", "rounds += 1", 'print("several\\nlines", end=" ")')
    copy.after("train.py", 'print("begins")', 'print("at the top")')
    found = values(copy)
    line = copy.line_of("train.py", "while rounds < 2:")
    assert [(one["at"], one["text"]) for one in found[-4:]] == [
        (f"train.py:{line}={iteration}", text) for iteration in range(2) for text in ("several", "lines ")
    ]
    assert (found[0]["at"], found[0]["loops"], found[0]["text"]) == ("", [], "at the top")
    assert found[1]["file"] == "model.py" and found[1]["at"] == "epoch=0,batch=0,_=0"


def test_a_position_can_be_asked_for(copy: Project) -> None:
    """As it is written in a record, `--at` takes it."""
    copy.after("train.py", "total += step(left, right)", 'print("total", total)')
    every = values(copy)
    chosen = values(copy, "--at", every[3]["at"])
    assert chosen == [every[3]]


def test_a_table(copy: Project) -> None:
    copy.after("train.py", "total += step(left, right)", 'print("a, \\"b\\"", total)')
    outcome = copy.replay("--format", "csv", "train.py")
    rows = list(csv.DictReader(outcome.text.splitlines()))
    assert len(rows) == 6
    assert (rows[1]["at"], rows[1]["file"], rows[1]["text"]) == ("epoch=0,batch=1", "train.py", 'a, "b" 14')


LOGGED = 'import flor; flor.log("total", total, step=batch); flor.log({"left": left, "half": total / 2})'


@pytest.mark.parametrize("workers", [1, 2])
def test_what_probes_log_with_its_place(copy: Project, workers: int) -> None:
    copy.after("train.py", "total += step(left, right)", LOGGED)
    found = values(copy, "-j", workers)
    assert [(one["at"], one["name"], one["value"], one.get("step")) for one in found] == [
        (f"epoch={epoch},batch={batch}", name, value, step)
        for epoch in range(3)
        for batch, left, total in ((0, 1, 2), (1, 3, 14))
        for name, value, step in (("total", total, batch), ("left", left, None), ("half", total / 2, None))
    ]
    assert {(one["file"], one["line"]) for one in found} == {("train.py", copy.line_of("train.py", LOGGED))}
    assert found[3]["loops"][1]["variables"] == {"batch": 1, "left": 3, "right": 4}
    kept = [json.loads(line) for line in copy.florpy("logs", "latest", "total", "--format", "jsonl").text.splitlines()]
    assert sorted(one["total"] for one in kept) == [2, 2, 2, 14, 14, 14]


def test_values_in_a_table(copy: Project) -> None:
    copy.after("train.py", "rounds += 1", 'import flor; print("round,", flor.log("rounds", rounds, step=7))')
    rows = list(csv.DictReader(copy.replay("--format", "csv", "train.py").text.splitlines()))
    line = copy.line_of("train.py", "while rounds < 2:")
    assert [(one["at"], one["name"], one["value"], one["step"], one["stream"], one["text"]) for one in rows] == [
        row
        for number in range(2)
        for row in (
            (f"train.py:{line}={number}", "rounds", str(number + 1), "7", "", ""),
            (f"train.py:{line}={number}", "", "", "", "stdout", f"round, {number + 1}"),
        )
    ]


def test_values_of_every_kind(copy: Project) -> None:
    """Also of a value that a recorded line has, around which the call was put."""
    numpy = pytest.importorskip("numpy")
    copy.after("train.py", "import logging, sys, time", "import flor, numpy")
    every = '[None, True, 3, 0.5, float("nan"), -float("inf"), "a", numpy.float32(0.5), numpy.zeros((2, 3)), {1}]'
    copy.after("train.py", 'print("begins")', f'[flor.log("v", one) for one in {every}]')
    copy.edit("train.py", 'print("epoch", epoch, train(epoch))', 'print("epoch", epoch, flor.log("e", train(epoch)))')
    array = {"kind": "array", "dtype": str(numpy.dtype("float64")), "shape": [2, 3]}
    plain = [None, True, 3, 0.5, "NaN", "-Infinity", "a", 0.5, array, {"type": "builtins.set", "repr": "{1}"}]
    found = values(copy)
    assert [one["value"] for one in found if one["name"] == "v"] == plain
    assert [(one["at"], one["value"]) for one in found if one["name"] == "e"] == [(f"epoch={epoch}", 14) for epoch in range(3)]


def test_what_logging_shows_is_a_value_too(copy: Project) -> None:
    copy.after("train.py", "rounds += 1", 'logging.warning("round %d", rounds)')
    assert [(one["stream"], one["text"]) for one in values(copy)] == [("stderr", f"WARNING:root:round {n}") for n in (1, 2)]


def test_a_format_that_is_none(copy: Project) -> None:
    outcome = copy.replay("--format", "yaml", "train.py")
    assert outcome.status == 64 and "it is `jsonl` or `csv`" in outcome.complaint


def at_terminal(project: Project, *words: Any, **variables: str) -> str:
    """What a terminal gets of both streams of a replay."""
    master, slave = pty.openpty()
    command = [str(word) for word in (built_florpy(), "replay", "--python", project.python, *words, "train.py")]
    process = subprocess.Popen(
        command, cwd=project.folder, env=project.environment(TERM="xterm", **variables), stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    received = everything(master)
    os.close(master)
    assert process.wait(timeout=60) == 0, received
    return received.decode().replace("\r\n", "\n")


@pytest.fixture
def probed(copy: Project) -> Project:
    copy.after("train.py", "total += step(left, right)", 'print("total", total)')
    return copy


@pytest.mark.parametrize("workers", [1, 2])
def test_a_terminal_marks_what_is_new_and_shows_how_far_it_is(probed: Project, workers: int) -> None:
    received = at_terminal(probed, "-j", workers)
    status = re.findall(r"\r\x1b\[2K(florpy: \d+ of \d+ segments, (?:\d+\.\d times [a-z ]+, )?about \d+ s left)", received)
    assert status and "0 of " in status[0], received
    rest = re.sub(r"\r\x1b\[2K(florpy: \d+ of [^\r\x1b]*)?", "", received)
    lines = [line for line in rest.splitlines() if not line.startswith(("florpy:", "note:"))]
    plain = probed.plain("train.py").text.splitlines()
    assert [line.replace("\x1b[1m", "").replace("\x1b[0m", "") for line in lines] == plain
    bold = [line.removeprefix("\x1b[0m") for line in lines if "\x1b[1m" in line]
    assert [line.removeprefix("\x1b[1m") for line in bold] == [line for line in plain if line.startswith("total")]


def test_nothing_is_marked_where_the_user_wants_plain_text(probed: Project) -> None:
    assert "\x1b[1m" not in at_terminal(probed, NO_COLOR="1")
