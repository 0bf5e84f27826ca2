"""What a run says that recording cost it."""

from __future__ import annotations

import json
import os

import pytest

from .project import Project

PROGRAM = """
import os, sys, time
import numpy
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
state = numpy.random.default_rng(0).random(4_000_000)
def epoch(number):
    ends = time.process_time() + 0.4
    for step in range(10):
        state.__iadd__(1e-3 / (step + number + 1))
    while time.process_time() < ends: pass
for number in range(8):
    epoch(number)
"""


# That a program which lets the writer have the core loses nothing is for the Swift tests (`SlowdownTests`): beside other
# processes it loses something here, too.
@pytest.mark.skipif(not os.path.exists("/proc/self/schedstat"), reason="the system does not count how long threads wait")
def test_what_the_writer_takes_from_a_program_with_one_core_is_told(project: Project) -> None:
    project.write("train.py", PROGRAM)
    project.recorded("train.py")
    end = json.loads((project.the_run() / "end.json").read_text(encoding="utf-8"))
    assert 0.02 < end["slowed_seconds"] <= end["lost_seconds"]
    assert "s of it while checkpoints were written" in project.florpy("show").text
