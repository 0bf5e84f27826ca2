"""What Python salts the hashes of texts with, and so the order of a set of them: drawn anew in each run, kept by a recording."""

from __future__ import annotations

import json

from .project import Project

TRAINING = """
import os, subprocess, sys, time

data = "it stands before those who run it what they did not log"
chars = list(set(data))
print(hash("a"), chars, os.environ.get("PYTHONHASHSEED"), sys.flags.hash_randomization, os.environb.get(b"PYTHONHASHSEED"))
place = {character: number for number, character in enumerate(chars)}
seen = set()
for epoch in range(4):
    for character in data:
        seen.add(f"{character}{place[character] % 3}")
        time.sleep(0.0002)
    print(epoch, list(seen)[:5])
print(subprocess.check_output([sys.executable, "-c", "import os; print('PYTHONHASHSEED' in os.environ)"], text=True))
"""


def test_a_replay_goes_by_the_recorded_order_of_sets(project: Project) -> None:
    project.write("train.py", TRAINING)
    first, recorded = project.record("train.py"), project.record("train.py")
    assert "None 1 None" in recorded.text and recorded.text.endswith("False\n\n")
    assert first.text != recorded.text, "each recording draws its own"
    project.after("train.py", "print(epoch, list(seen)[:5])", 'print("probe", sorted(seen)[:2])')
    for workers in (1, 2):
        replayed = project.replay("-j", workers, "train.py")
        assert replayed.status == 0, replayed.complaint
        lines = replayed.text.splitlines(keepends=True)
        assert "".join(line for line in lines if not line.startswith("probe")) == recorded.text
        assert len(lines) == len(recorded.text.splitlines()) + 4


def test_what_the_user_has_set_stays(project: Project) -> None:
    project.write("train.py", TRAINING)
    project.recorded("train.py", PYTHONHASHSEED="7")
    header = json.loads((project.the_run() / "run.json").read_text())
    assert (header["hash_seed"], header["environment"]["PYTHONHASHSEED"]) == (None, "7")
    project.after("train.py", "print(epoch, list(seen)[:5])", 'print("probe", sorted(seen)[:2])')
    assert project.replayed("train.py", PYTHONHASHSEED="7")["divergences"] == []


def test_a_replay_shows_the_script_its_own_environment(project: Project) -> None:
    project.write("train.py", 'import os\nprint(hash("a"))\n')
    recorded = project.record("train.py")
    project.after("train.py", 'print(hash("a"))', 'print(os.environ["PYTHONHASHSEED"])')
    assert project.replay("train.py", PYTHONHASHSEED="3").text == recorded.text + "3\n"
