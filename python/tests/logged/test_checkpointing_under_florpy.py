"""`flor.checkpointing` in a script that florpy records, and in its replay."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import PlainPython
from .test_checkpointing import killed
from .test_under_florpy import Recorded

SCRIPT = """
import flor, os, time

state = {"epoch": 0, "weights": [0.0]}
with flor.checkpointing(overhead=None, state=state) as saved:
    if saved.checkpoints():
        print("restored", saved.restore().step)
    for epoch in flor.loop("epoch", range(state["epoch"], 5)):
        for batch in range(3):
            state["weights"].append(state["weights"][-1] + epoch * 0.1)
            time.sleep(0.01)
        state["epoch"] = epoch + 1
        if os.environ.get("KILLED_IN") == str(epoch):
            saved.checkpoints()
            os.kill(os.getpid(), 9)
        print(epoch, sum(state["weights"]))
"""


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    return Recorded(tmp_path)


def test_a_recording_takes_checkpoints_of_its_own_only(recorded: Recorded, plain_python: PlainPython) -> None:
    printed = recorded.record(SCRIPT)
    assert printed == plain_python.run(SCRIPT)
    first = plain_python.runs[0]
    assert not any(b"saved objects" in pack.read_bytes() for pack in (first / "packs").iterdir())
    again = recorded.replay(("            time.sleep(0.01)\n", '            time.sleep(0.01)\n            print("batch", batch)\n'))
    assert again.replace("batch 0\nbatch 1\nbatch 2\n", "") == printed


def test_a_replay_restores_what_the_recording_restored(recorded: Recorded, plain_python: PlainPython) -> None:
    killed(plain_python, SCRIPT, 2)
    printed = recorded.record(SCRIPT)
    assert printed.startswith("restored 2\n2 ")
    # What is newer than the recording was not there for it.
    killed(plain_python, SCRIPT, 4)
    again = recorded.replay(("            time.sleep(0.01)\n", '            time.sleep(0.01)\n            print("batch", batch)\n'))
    assert again.replace("batch 0\nbatch 1\nbatch 2\n", "") == printed
