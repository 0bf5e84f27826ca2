"""What is asked for and cannot be had: a message, a hint, and the documented status; nothing on standard output."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ..florpy_binary import REPOSITORY, built_florpy
from .project import Outcome, Project

LOOP = """
    total = 0
    for epoch in range(3):
        for step in range(3):
            total += step
        print(epoch, total)
"""


def refused(outcome: Outcome, status: int, *words: str) -> None:
    assert (outcome.status, outcome.stdout) == (status, b""), outcome
    assert "\n\nhint: " in outcome.complaint
    assert "Traceback" not in outcome.complaint
    for word in words:
        assert word in outcome.complaint


def test_no_such_script(project: Project) -> None:
    refused(project.record("absent.py"), 66, "no such script: `absent.py`")
    refused(project.replay("absent.py"), 66, "absent.py")


@pytest.mark.parametrize("data", [b"\x7fELF\x02\x01\x01\x00\x00", b"\x80\x81\xfe", b"x = 1\n\0\n"])
def test_not_python(project: Project, data: bytes) -> None:
    project.write("train.py", data)
    outcome = project.recorded("train.py")
    assert outcome.status == 1 and b"Error" in outcome.stderr
    refused(project.replay("train.py"), 66, "no run of `train.py`" if project.store.exists() else "no store")


def test_a_syntax_error_is_shown_as_python_shows_it(project: Project) -> None:
    project.write("train.py", "print('never')\nfor x in range(3)\n    print(x)\n")
    outcome = project.recorded("train.py")
    assert outcome.status == 1
    assert outcome.complaint.splitlines()[-1].startswith("SyntaxError: ")


def test_a_syntax_error_in_the_edited_script(project: Project) -> None:
    project.write("train.py", LOOP)
    project.recorded("train.py")
    project.edit("train.py", "print(epoch, total)", "print(epoch, total\n    print(total)")
    refused(project.replay("train.py"), 76, "train.py", "print(epoch, total", "no Python")


def test_a_syntax_error_in_a_module(project: Project) -> None:
    project.write("train.py", "import part\n" + "print(part.a)\n")
    project.write("part.py", "a = 1\n")
    project.recorded("train.py")
    project.write("part.py", "a = = 1\n")
    refused(project.replay("train.py"), 76, "part.py:1", "no Python", "a = = 1")


def test_no_run_to_replay(project: Project) -> None:
    project.write("train.py", LOOP)
    project.write("other.py", LOOP)
    refused(project.replay("train.py"), 66, "no store")
    project.recorded("other.py")
    refused(project.replay("train.py"), 66, "no run of `train.py`")
    refused(project.replay("--run", "2019", "other.py"), 66, "no run `2019`")


def test_a_script_that_is_gone(project: Project) -> None:
    project.write("train.py", LOOP)
    project.recorded("train.py")
    (project.folder / "train.py").unlink()
    refused(project.replay("train.py"), 66, "no such script")


def test_several_scripts_of_one_name(project: Project) -> None:
    store = project.folder / "store"
    for name in ("a", "b"):
        project.write(f"{name}/train.py", LOOP)
        assert project.record("--store", store, f"{name}/train.py").status == 0
    project.write("train.py", LOOP)
    refused(project.replay("--store", store, "train.py"), 66, "several scripts", "a/train.py", "b/train.py")
    for name in ("a", "b"):
        assert project.replay("--store", store, f"{name}/train.py").status == 0


def test_being_recorded_at_this_moment(project: Project) -> None:
    project.write("train.py", "print('ready', flush=True)\nfor i in range(1):\n    input()\n")
    process = subprocess.Popen(
        [built_florpy(), "record", "--python", project.python, "train.py"],
        cwd=project.folder,
        env=project.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    refused(project.replay("train.py"), 75, "is being recorded at this moment")
    assert "recording" in project.florpy("runs").text
    assert project.florpy("verify").status == 0
    process.communicate(b"\n", timeout=30)
    assert process.returncode == 0


def test_other_versions_are_told(project: Project) -> None:
    project.write("train.py", LOOP)
    project.recorded("train.py")
    path = project.the_run() / "run.json"
    header = json.loads(path.read_text())
    header["python"]["version"] = "3.9.99"
    header["packages"]["torch"] = "0.4.1"
    path.write_text(json.dumps(header))
    answer = project.replay("train.py", OMP_NUM_THREADS="3")
    assert answer.status == 0
    assert "warning: Python is 3." in answer.complaint and "it was 3.9.99" in answer.complaint
    assert "warning: torch is " in answer.complaint and "it was 0.4.1" in answer.complaint
    assert "warning: OMP_NUM_THREADS is 3, it was 1" in answer.complaint


@pytest.mark.parametrize("below", ["", "deep/er"])
def test_a_store_that_cannot_be_written(project: Project, below: str) -> None:
    project.write("train.py", LOOP)
    project.write("occupied", "a file")
    store = project.folder / "occupied" / below
    plain = project.plain("train.py")
    assert project.record("--store", store, "train.py") == plain
    told = project.record("--verbose", "--store", store, "train.py")
    assert (told.status, told.stdout) == (0, plain.stdout)
    assert told.complaint.count("nothing will be recorded") == 1 and "\n\nhint: " in told.complaint


def test_a_fault_of_ours_does_not_stop_the_training(project: Project, tmp_path: Path) -> None:
    project.write("train.py", LOOP)
    ours = shutil.copytree(REPOSITORY / "python", tmp_path / "python", ignore=shutil.ignore_patterns("tests", "__pycache__"))
    (ours / "flor" / "recording.py").write_text("raise RuntimeError('a fault')")
    plain = project.plain("train.py")
    outcome = project.record("train.py", FLORPY_PYTHON_DIR=str(ours))
    assert (outcome.stdout, outcome.status) == (plain.stdout, 0)
    assert outcome.complaint == "florpy: nothing is recorded: RuntimeError: a fault\n"
    assert project.replay("train.py").status != 0


@pytest.mark.parametrize("words", [["replay"], ["replay", "--nonsense", "x.py"], ["replay", "--json", "x.py"], ["show", "a", "b"]])
def test_a_wrong_command_line(project: Project, words: list[Any]) -> None:
    project.write("x.py", "")
    outcome = project.florpy(words[0], *words[1:])
    assert (outcome.status, outcome.stdout) == (64, b"")


@pytest.mark.parametrize("command", ["runs", "show", "verify"])
def test_commands_without_a_store(project: Project, command: str) -> None:
    refused(project.florpy(command), 66, "no store")
    refused(project.florpy(command, "--store", project.folder / "absent"), 66, "no store")


def test_the_table_of_exit_codes_is_complete() -> None:
    """Every status that the sources name is in README's table."""
    import re

    table = {int(number) for number in re.findall(r"^\| (\d+) \|", (REPOSITORY / "README.md").read_text(), re.MULTILINE)}
    named = set()
    for path in (REPOSITORY / "Sources").rglob("*.swift"):
        text = path.read_text(encoding="utf-8")
        named |= {int(number) for number in re.findall(r"(?:case \w+ = |ExitCode\()(6[4-9]|7\d)\b", text)}
    assert named <= table, f"not in README's table: {sorted(named - table)}"


def test_a_store_that_is_read_only_for_the_replay(project: Project) -> None:
    project.write("train.py", LOOP)
    project.recorded("train.py")
    replays = project.the_run() / "replays"
    replays.rmdir()
    Path(replays).write_text("a file")
    refused(project.replay("train.py"), 73, "replays")
