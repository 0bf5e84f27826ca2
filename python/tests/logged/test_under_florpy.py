"""`flor.log` in a script that florpy records, and in probes of its replay."""

from __future__ import annotations

import subprocess
import textwrap
from pathlib import Path

import pytest

from ..florpy_binary import built_florpy
from .conftest import INTERPRETERS, PlainPython
from .log_files import Value, values

SCRIPT = """
import flor, time

weight = 1.0
for epoch in flor.loop("epoch", range(3)):
    for step in range(2):
        time.sleep(0.01)
        weight *= 0.5
        flor.log("weight", weight)
    print("epoch", epoch, weight)
"""


class Recorded:
    """A script and its store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.script = folder / "train.py"

    def florpy(self, *arguments: str) -> str:
        done = subprocess.run([built_florpy(), *arguments], cwd=self.folder, text=True, capture_output=True)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout

    def record(self, script: str, *arguments: str, python: str | None = None) -> str:
        self.script.write_text(textwrap.dedent(script))
        return self.florpy("record", *_with(python), "--overhead", "unlimited", str(self.script), *arguments)

    def replay(self, *edits: tuple[str, str], python: str | None = None) -> str:
        text = self.script.read_text()
        for before, after in edits:
            assert before in text
            text = text.replace(before, after)
        self.script.write_text(text)
        return self.florpy("replay", *_with(python), str(self.script))

    def logged(self, folder: str = "log") -> list[Value]:
        assert "sound" in self.florpy("verify")
        (run,) = (self.folder / ".flor" / "runs").iterdir()
        return values(run, folder)


def _with(python: str | None) -> tuple[str, ...]:
    return () if python is None else ("--python", python)


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    return Recorded(tmp_path)


def _rows(logged: list[Value]) -> list[tuple[str, object, list[int]]]:
    return [(one.name, one.value, [iteration for _, iteration, _ in one.position]) for one in logged]


def test_a_recording_keeps_what_the_script_logs(recorded: Recorded) -> None:
    recorded.record(SCRIPT)
    assert _rows(recorded.logged()) == [("weight", 0.5 ** (number + 1), [number // 2]) for number in range(6)]


def test_probes_log_into_the_folder_of_the_replay_and_nothing_is_logged_twice(recorded: Recorded) -> None:
    printed = recorded.record(SCRIPT)
    again = recorded.replay(
        ("        weight *= 0.5\n", '        weight *= 0.5\n        flor.log("twice", weight * 2)\n'),
        ('print("epoch", epoch, weight)', 'print("epoch", epoch, flor.log("printed", weight))'),
    )
    assert again == printed
    assert len(recorded.logged()) == 6
    assert _rows(recorded.logged("replays/001/log")) == [
        row
        for epoch in range(3)
        for row in (
            ("twice", 0.25**epoch, [epoch]),
            ("twice", 0.25**epoch / 2, [epoch]),
            ("printed", 0.25 ** (epoch + 1), [epoch]),
        )
    ]


WITH_ARGUMENTS = """
import flor, time

rate, epochs = flor.arg("rate", 0.25), flor.arg("epochs", 2)
weight = 1.0
for epoch in range(epochs):
    for step in range(2):
        time.sleep(0.01)
        weight *= rate
    print("epoch", epoch, weight)
"""


@pytest.mark.parametrize("version", INTERPRETERS)
def test_arguments_are_those_that_were_recorded(recorded: Recorded, version: str) -> None:
    """The command line's in place of a default, also in a probe, and also of one that only a probe asks for."""
    python = INTERPRETERS[version]
    given = ("--rate", "0.5", "--late=7")
    assert recorded.record(WITH_ARGUMENTS, *given, python=python) == "epoch 0 0.25\nepoch 1 0.0625\n"
    assert [(one.name, one.value) for one in recorded.logged() if one.is_argument] == [("rate", 0.5), ("epochs", 2)]
    probe = (
        '        print("probe", rate, [flor.arg("rate", 0.25), flor.arg("epochs", 2), flor.arg("late", 1), flor.arg("new", 9)])\n'
    )
    printed = recorded.replay(("        weight *= rate\n", "        weight *= rate\n" + probe), python=python)
    assert printed.splitlines() == [
        line for epoch in range(2) for line in (*["probe 0.5 [0.5, 2, 7, 9]"] * 2, f"epoch {epoch} {0.25 ** (epoch + 1)}")
    ]
    assert len(recorded.logged()) == 2
    hindsight = recorded.logged("replays/001/log")
    assert [(one.name, one.value, one.is_argument) for one in hindsight[:4]] == [
        ("rate", 0.5, True), ("epochs", 2, True), ("late", 7, True), ("new", 9, True),
    ]  # fmt: skip


def test_an_array_scalar_of_a_recorded_line_is_kept(recorded: Recorded) -> None:
    pytest.importorskip("numpy")
    recorded.record("import numpy\nweight = numpy.float32(1)\nfor epoch in range(3):\n    weight /= 2\n    print(weight)\n")
    recorded.replay(("import numpy\n", "import numpy\nimport flor\n"), ("print(weight)", 'print(flor.log("weight", weight))'))
    assert [one.value for one in recorded.logged("replays/001/log")] == [0.5, 0.25, 0.125]


def test_a_probe_may_be_the_first_use_of_flor(recorded: Recorded) -> None:
    recorded.record("weight = 1\nfor epoch in range(3):\n    weight *= 2\nprint(weight)\n")
    recorded.replay(("weight *= 2\n", 'weight *= 2\n    import flor\n    flor.log("weight", weight)\n'))
    assert recorded.logged() == []
    assert [one.value for one in recorded.logged("replays/001/log")] == [2, 4, 8]


def test_a_run_of_plain_python_is_not_replayed(recorded: Recorded, plain_python: PlainPython) -> None:
    recorded.record(SCRIPT)
    plain_python.run(SCRIPT)
    assert len(plain_python.runs) == 2
    assert recorded.florpy("replay", str(recorded.script)).count("epoch") == 3
    command = [built_florpy(), "replay", "--run", plain_python.runs[1].name, str(recorded.script)]
    refused = subprocess.run(command, cwd=recorded.folder, text=True, capture_output=True)
    assert refused.returncode == 66
    assert "was left by plain Python" in refused.stderr
