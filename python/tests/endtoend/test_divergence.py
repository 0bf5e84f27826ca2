"""An input that differs by one bit between record and replay: the first execution that differs is named, and the status is 77."""

from __future__ import annotations

import re
import struct

import pytest

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
