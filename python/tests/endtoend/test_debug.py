"""`florpy debug`: at the crash, or at an iteration, with the program's state live; and nothing of the run changes."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from ..florpy_binary import built_florpy
from ..host.conftest import INTERPRETERS
from ..terminal import everything, heard_until
from .project import STEP_SECONDS, Outcome, Project

# Raised and caught in an earlier iteration, on the same line, and then once more.
TRAINING = """
import numpy as np

kept = []

def divide(step, by):
    return step / by

def train(epoch, w):
    for step in range(20):
        w = w * 0.5 + step
        try:
            kept.append(divide(step, step - 7))
        except ZeroDivisionError:
            if epoch == 2:
                raise
    return w

w = np.zeros(50)
for epoch in range(4):
    w = train(epoch, w)
    print("epoch", epoch, float(w.sum()))
    with open("history.txt", "a") as file:
        file.write(f"{epoch}\\n")
"""


def crashed(folder: Path, text: str = TRAINING) -> Project:
    project = Project(folder)
    project.between_iterations = True
    project.write("train.py", text)
    plain = project.plain("train.py")
    (folder / "history.txt").unlink(missing_ok=True)
    assert project.record("train.py") == plain
    return project


def debug(project: Project, commands: str, *words: str) -> Outcome:
    done = subprocess.run(
        [str(built_florpy()), "debug", "--python", project.python, *words],
        cwd=project.folder,
        env=project.environment(),
        input="".join(f"{one}\n" for one in commands.split(";")).encode(),
        capture_output=True,
        timeout=STEP_SECONDS,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes() if path.is_file() else b"", path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return crashed(tmp_path_factory.mktemp("debug") / "project")


def test_it_stops_where_the_exception_is_raised_and_not_where_it_was_caught_before(project: Project) -> None:
    seen = debug(project, "p ('at', step, by);up;p ('in', epoch, step, len(kept), float(w.sum()));q")
    assert seen.status == 0, seen.complaint
    assert "at train.py:6 in divide, at epoch=2,step=7, where ZeroDivisionError was raised" in seen.complaint
    assert "('at', 7, 0)" in seen.text
    assert re.search(r"\('in', 2, 7, 45, [0-9.]+\)", seen.text), seen.text
    assert "epoch 0" not in seen.text


def test_exploring_changes_neither_the_run_nor_the_files(project: Project) -> None:
    run, history = project.the_run(), project.folder / "history.txt"
    before, written = contents(run), history.read_bytes()
    seen = debug(project, "up;!kept.clear();!open('history.txt', 'w').close();p len(kept);c", project.the_run().name[:15])
    assert "(Pdb) 0" in seen.text
    assert seen.status == 1
    assert "ZeroDivisionError: division by zero" in seen.complaint
    assert contents(run) == before
    assert history.read_bytes() == written


def test_what_is_changed_at_the_prompt_is_no_divergence(project: Project) -> None:
    seen = debug(project, "!kept.append(7);!w[:] = 1;b 21;c;p ('end', epoch, kept[19]);q", "--at", "epoch=1,step=0")
    assert "('end', 1, 7)" in seen.text, seen.text
    assert seen.status == 0


def test_an_iteration_that_was_asked_for_begins_and_goes_on_line_by_line(project: Project) -> None:
    seen = debug(project, "p (epoch, step, len(kept));n;n;p w[0];b 19;c;p epoch;q", "--at", "epoch=1,step=3", "train.py")
    assert seen.status == 0, seen.complaint
    assert "(1, 3, 22)" in seen.text
    assert "-> w = w * 0.5 + step" in seen.text
    assert "-> try:" in seen.text
    # Past the place, everything is executed, so that a breakpoint is met.
    assert "train.py(19)" in seen.text


def test_new_log_statements_are_allowed_and_other_changes_are_refused(project: Project, tmp_path: Path) -> None:
    edited = project.copy(tmp_path / "copy")
    edited.after("train.py", "w = w * 0.5 + step", "print('step', step)")
    seen = debug(edited, "p ('at', step, by);q")
    assert "('at', 7, 0)" in seen.text, seen.complaint
    assert "step 7" not in seen.text
    edited.edit("train.py", "w * 0.5", "w * 0.25")
    refused = debug(edited, "q")
    assert refused.status == 76
    assert "hint:" in refused.complaint
    assert refused.text == ""


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("--at", "epoch=9"), 66, "came to no such iteration"),
        (("--at", "epoch=2,step=9"), 66, "came to no such iteration"),
        (("--at", "lr=9"), 64, "no loop has the variable `lr`"),
        (("19991231",), 66, "no run `19991231`"),
        (("--at", "epoch=1", "--before-crash"), 64, "only one can be used"),
    ],
)
def test_what_cannot_be_had_is_refused_with_a_hint(project: Project, words: tuple[str, ...], status: int, told: str) -> None:
    seen = debug(project, "q", *words)
    assert (seen.status, seen.text) == (status, ""), seen.complaint
    assert told in seen.complaint
    assert status == 64 or "hint:" in seen.complaint


def test_a_run_that_did_not_crash_has_iterations_to_stop_in(tmp_path: Path) -> None:
    project = crashed(tmp_path / "project", "total = 0\nfor i in range(5):\n    total += i\nprint(total)\n")
    refused = debug(project, "q")
    assert refused.status == 66
    assert "has no crash on record: it came to its end" in refused.complaint
    assert "(3, 3)" in debug(project, "p (i, total);q", "--at", "i=3").text


def test_standard_input_is_empty_on_the_way_and_the_users_at_the_stop(tmp_path: Path) -> None:
    project = crashed(tmp_path / "project", "import sys\nfirst = sys.stdin.read()\nfor i in range(3):\n    [][i]\n")
    seen = debug(project, "p (first, i);q")
    assert "('', 0)" in seen.text, seen.complaint


def test_a_program_that_does_not_crash_again_says_so(tmp_path: Path) -> None:
    text = (
        "import os\nfor i in range(3):\n    if not os.path.exists('/dev/shm/' + os.environ['ABSENT']):\n        raise OSError(i)\n"
    )
    project = Project(tmp_path / "project")
    project.write("train.py", text)
    project.record("train.py", ABSENT="florpy-no-such-file")
    done = project.run(built_florpy(), "debug", "--python", project.python, ABSENT="")
    assert done.status == 77
    assert "ended without the OSError that was recorded" in done.complaint


@pytest.mark.parametrize("version", INTERPRETERS)
def test_every_python_stops_at_the_crash_and_goes_on(version: str, tmp_path: Path) -> None:
    """In a library's code, within `with` and `finally` of the script's, in a comprehension inside a loop."""
    text = """
    import contextlib, json, time

    open_now = []

    @contextlib.contextmanager
    def opened(name):
        open_now.append(name)
        try:
            yield
        finally:
            open_now.pop()

    def parse(lines, epoch):
        with opened("block"):
            return [json.loads(line) for line in lines[: epoch + 1]]

    for epoch in range(6):
        time.sleep(0.02)
        total = sum(parse(["1", "2", "3", "{", "5"], epoch))
        print(epoch, total)
    """
    project = Project(tmp_path / "project", INTERPRETERS[version])
    project.between_iterations = True
    project.write("train.py", text)
    assert project.record("train.py") == project.plain("train.py")
    crash = json.loads((project.the_run() / "crash.json").read_text())
    assert (crash["type"], crash["position"]) == ("json.decoder.JSONDecodeError", "epoch=3")
    seen = debug(project, "p ('state', line, open_now);c")
    assert "('state', '{', ['block'])" in seen.text, seen.complaint
    assert seen.status == 1
    assert "JSONDecodeError: Expecting property name" in seen.complaint
    seen = debug(project, "p ('at', epoch, total);n;n;p ('after', total);c", "--at", "epoch=2")
    assert "('at', 2, 3)" in seen.text, seen.complaint
    assert "('after', 6)" in seen.text, seen.text
    assert "2 6\n" in seen.text
    assert "1 3\n" not in seen.text


def test_a_killed_run_has_iterations_behind_its_last_checkpoint(tmp_path: Path) -> None:
    text = """
    import os, time
    for i in range(8):
        time.sleep(0.02)
        if i == 5 and "KILLED" in os.environ:
            os.kill(os.getpid(), 9)
    """
    project = Project(tmp_path / "project")
    project.between_iterations = True
    project.write("train.py", text)
    project.record("train.py", KILLED="1")
    refused = debug(project, "q")
    assert (refused.status, "it was interrupted" in refused.complaint) == (66, True)
    assert "('i', 7)" in debug(project, "p ('i', i);q", "--at", "i=7").text


def test_at_a_terminal_the_debugger_has_it(project: Project) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [str(built_florpy()), "debug", "--pdb", "--python", project.python],
        cwd=project.folder,
        env=project.environment(TERM="dumb"),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    heard_until(master, b"(Pdb) ")
    os.write(master, b"p step * 1000\n")
    assert b"7000" in heard_until(master, b"(Pdb) ")
    os.write(master, b"q\n")
    everything(master)
    os.close(master)
    assert process.wait(timeout=STEP_SECONDS) == 0
