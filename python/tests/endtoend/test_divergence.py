"""An input that differs by one bit between record and replay: the first execution that differs is named, and the status is 77."""

from __future__ import annotations

import json
import re
import struct
from typing import Any

import pytest

from ..florpy_binary import built_florpy
from .project import Outcome, Project


def divergences(outcome: Outcome) -> list[tuple[str, ...]]:
    """Position, what, recorded, replayed."""
    return re.findall(r"divergence at (.*?): (.*) differs\n  recorded: (.*)\n  replayed: (.*)\n", outcome.complaint)


TRAINING = """
    import os, struct, time
    import torch

    torch.manual_seed(0)
    data = list(struct.unpack("<8d", open("data.bin", "rb").read()))
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step(number):
        optimizer.zero_grad()
        model(torch.full((1, 2), number)).sum().backward()
        optimizer.step()

    for epoch in range(4):
        number = data[2 * epoch]
        for i in range(3):
            time.sleep(0.02)
            step(number)
        for i in range(2):
            time.sleep(0.02)
        print(epoch)
"""


def test_one_bit_of_an_input_file(project: Project) -> None:
    numbers = [0.5] * 8
    project.write("data.bin", struct.pack("<8d", *numbers))
    project.write("train.py", TRAINING)
    project.recorded("train.py")
    changed = bytearray(struct.pack("<8d", *numbers))
    changed[4 * 8 + 7] ^= 0x80  # the sign of the number of epoch 2
    (project.folder / "data.bin").write_bytes(changed)
    project.after("train.py", "number = data[2 * epoch]", "print('probe', epoch)")
    outcome = project.replay("--restore-until", 0, "train.py")
    assert outcome.status == 77, outcome.complaint
    place, *difference = divergences(outcome)[0]
    # The loop itself, or a call in it that took long enough for a checkpoint of its own.
    assert place.startswith("train.py:14 #0 > train.py:16 ")
    assert difference == ["data[4]", "0.5", "-0.5"]


COUNTING = """
    import os, time

    def fold(number):
        total = 0
        for step in range(4):
            time.sleep(0.02)
            total += step
            if number == 2 and step == 1:
                total += int(os.environ["EXTRA"])
        return total

    for number in range(4):
        print(number, fold(number))
"""


@pytest.mark.parametrize("probed", ["print(number, fold(number))", "total += step"])
def test_one_bit_of_an_environment_variable(project: Project, probed: str) -> None:
    """Executed up to the end by a probe in the loop, or up to there by the user's wish."""
    project.write("train.py", COUNTING)
    project.recorded("train.py", EXTRA="6")
    project.after("train.py", probed, "print('probe', number)")
    outcome = project.replay("--restore-until", 0, "train.py", EXTRA="7")
    assert outcome.status == 77, outcome.complaint
    assert divergences(outcome)[0] == ("train.py:12 #0 > train.py:3 #2 > train.py:5 (fold) #2", "fold() total", "12", "13")
    same = project.replay("--restore-until", 0, "train.py", EXTRA="6")
    assert same.status == 0, same.complaint


def test_what_is_restored_is_not_held_against_the_replay(project: Project) -> None:
    """The stretch that differs is not executed: what was recorded stands in for it."""
    project.write("train.py", COUNTING)
    recorded = project.recorded("train.py", EXTRA="6")
    replayed = project.replay("train.py", EXTRA="7")
    assert (replayed.status, replayed.stdout) == (0, recorded.stdout), replayed.complaint


def recorded_with(project: Project, **facts: Any) -> None:
    """The header says something else of what the run was recorded by."""
    path = project.the_run() / "run.json"
    header = json.loads(path.read_text())
    for name, value in facts.items():
        header[name] = {**header[name], **value} if isinstance(value, dict) else value
    path.write_text(json.dumps(header))


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ({"devices": ["Quantum 9000", "Quantum 9000"]}, r"the devices are .+, they were Quantum 9000, Quantum 9000"),
        ({"cores": 4096}, r"there are \d+ cores, and so many threads; there were 4096"),
        ({"environment": {"OMP_NUM_THREADS": "4096"}}, r"OMP_NUM_THREADS is not set, it was 4096"),
        ({"packages": {"numpy": "0.9"}}, r"numpy is .+, it was 0\.9"),
        ({"packages": {"torch": "0.1.12"}}, r"torch is .+, it was 0\.1\.12"),
        ({"python": {"version": "3.4.10"}}, r"Python is [\d.]+, it was 3\.4\.10"),
    ],
)
def test_what_is_not_as_it_was_is_the_probable_cause(project: Project, facts: dict[str, Any], cause: str) -> None:
    project.write("train.py", COUNTING)
    plainly = ("env", "-u", "OMP_NUM_THREADS", built_florpy())
    assert project.run(*plainly, "record", "--python", project.python, "--overhead", "unlimited", "train.py", EXTRA="6").status == 0
    replay = (*plainly, "replay", "--python", project.python, "--restore-until", 0, "--report", "report.json", "train.py")
    unchanged = project.run(*replay, EXTRA="7")
    assert unchanged.status == 77 and "probable cause: none is known" in unchanged.complaint
    recorded_with(project, **facts)
    changed = project.run(*replay, EXTRA="7")
    assert changed.status == 77
    (told,) = [line for line in changed.complaint.splitlines() if line.startswith("probable cause: ")]
    assert re.fullmatch(f"probable cause: on this machine {cause}", told), told
    assert json.loads((project.folder / "report.json").read_text())["causes"] == [told.removeprefix("probable cause: ")]
    assert f"warning: {told.removeprefix('probable cause: on this machine ')}" in changed.complaint.splitlines()


UNSEEDED = """
    import random, time
    import numpy, numpy.random
    import torch

    for epoch in range(3):
        for step in range(3):
            time.sleep(0.01)
            DRAW
        print(epoch)
"""


def test_generators_that_nobody_seeds_and_nobody_uses(project: Project) -> None:
    project.write("train.py", UNSEEDED.replace("DRAW", "pass"))
    project.recorded("train.py")
    project.after("train.py", "time.sleep(0.01)", "print('step', step)")
    project.replayed("train.py")


@pytest.mark.parametrize("draw", ["random.random()", "numpy.random.rand()", "torch.rand(1)"])
def test_generators_that_nobody_seeds(project: Project, draw: str) -> None:
    project.write("train.py", UNSEEDED.replace("DRAW", draw))
    project.recorded("train.py")
    project.after("train.py", "time.sleep(0.01)", "print('step', step)")
    outcome = project.replay("train.py")
    assert outcome.status == 77
    assert "generator" in outcome.complaint


LATE_LIBRARY = """
    import random
    import time
    random.seed(1)
    for part in range(2):
        for step in range(3):
            time.sleep(0.001)
        print(part)
    import numpy
    for part in range(2):
        for step in range(3):
            time.sleep(0.002)
        print(part, numpy.arange(3).sum())
"""


def test_a_library_that_a_probe_imports_first_and_nobody_seeds(project: Project) -> None:
    pytest.importorskip("numpy")
    project.write("train.py", LATE_LIBRARY)
    project.recorded("train.py")
    project.edit("train.py", "import random\n", "import random\nimport numpy as probe_numpy\n")
    project.after("train.py", "time.sleep(0.001)", "print(probe_numpy.ones(1))")
    project.after("train.py", "time.sleep(0.002)", "print(step)")
    assert project.replayed("train.py")["divergences"] == []


CLOCK = """
    import time, uuid

    class Meter:
        def __init__(self):
            self.started, self.steps, self.seconds = time.time(), 0, 0.0
            self.average = Average()

        def update(self):
            self.steps += 1
            self.seconds = time.time() - self.started
            self.average.last = self.seconds / self.steps

    class Average:
        last = 0.0

    class Run:
        def __init__(self):
            self.name = uuid.uuid4().hex
"""
METERED = """
    import random, time, clock

    random.seed(1)
    meter, run, own = clock.Meter(), clock.Run(), 0.0
    for epoch in range(3):
        for step in range(3):
            own += random.random()
            meter.update()
            time.sleep(0.002)
        print(epoch, own, meter.steps)
"""


def test_what_a_library_makes_of_the_clock_is_no_divergence(project: Project) -> None:
    project.write("library/clock.py", CLOCK)
    library = str(project.folder / "library")
    project.folder = project.write("program/train.py", METERED).parent
    project.recorded("train.py", PYTHONPATH=library)
    project.after("train.py", "own += random.random()", "print(own)")
    report = project.replayed("train.py", PYTHONPATH=library)
    assert report["divergences"] == []
    assert {note.partition(": ")[2] for note in report["notes"]} == {
        "meter.started is another reading of the clock",
        "run.name is another identifier; such are drawn anew in each run",
    }


def test_a_clock_does_not_hide_what_is_beside_it(project: Project) -> None:
    project.write("library/clock.py", CLOCK)
    library = str(project.folder / "library")
    project.folder = project.write("program/train.py", METERED).parent
    project.recorded("train.py", PYTHONPATH=library)
    project.after("train.py", "own += random.random()", "random.random(); print(own)")
    outcome = project.replay("train.py", PYTHONPATH=library)
    assert outcome.status == 77
    assert {what for _, what, _, _ in divergences(outcome)} >= {"own"}
