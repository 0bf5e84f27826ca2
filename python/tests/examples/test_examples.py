"""Every example: recording changes nothing, and a replay prints what running the edited script would print.

With FLORPY_SELF_CHECK=1, record and replay are plain runs: that checks the examples and this file, not florpy.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from example_set import Example, all_examples

REPOSITORY = Path(__file__).resolve().parents[3]
SELF_CHECK = os.environ.get("FLORPY_SELF_CHECK") == "1"
STEP_SECONDS = 300


def _recorded_once(example: Example) -> pytest.MarkDecorator:
    """Its tests are run by one process, which keeps the recording."""
    return pytest.mark.xdist_group(example.name)


EXAMPLES = [pytest.param(example, id=example.name, marks=_recorded_once(example)) for example in all_examples()]
PROBES = [
    pytest.param(example, probe, id=f"{example.name}-{probe}", marks=_recorded_once(example))
    for example in all_examples()
    for probe in example.probes
]


@dataclass(frozen=True)
class Outcome:
    """What one command left: exit status, standard output, standard error."""

    status: int
    stdout: bytes
    stderr: bytes


def python() -> str:
    return os.environ.get("FLORPY_TEST_PYTHON", sys.executable)


def florpy() -> str:
    """The binary under test: the one that is named, else the release build, else the debug build."""
    builds = [REPOSITORY / ".build" / kind / "florpy" for kind in ("release", "debug")]
    found = os.environ.get("FLORPY") or next((str(path) for path in builds if path.exists()), None)
    assert found, "no florpy binary; build one, or set FLORPY"
    return found


def run(words: list[str], folder: Path) -> Outcome:
    """Runs a command on one core, with the tests' python first on PATH (florpy looks for it there)."""
    path = os.pathsep.join([str(Path(python()).parent), os.environ.get("PATH", os.defpath)])
    environment = os.environ | {"PATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, timeout=STEP_SECONDS, check=False)
    return Outcome(done.returncode, done.stdout, done.stderr)


def plain(script: Path) -> Outcome:
    return run([python(), script.name], script.parent)


def record(script: Path) -> Outcome:
    return plain(script) if SELF_CHECK else run([florpy(), "record", script.name], script.parent)


def replay(script: Path, report: Path) -> Outcome:
    if SELF_CHECK:
        return plain(script)
    return run([florpy(), "replay", "--report", str(report), script.name], script.parent)


@dataclass(frozen=True)
class Recorded:
    """An example that was run plainly and recorded; `folder` holds the recorded copy with its run."""

    plain: Outcome
    record: Outcome
    folder: Path


class Recordings:
    """Runs and records each example once, when it is first asked for."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.taken: dict[str, Recorded] = {}

    def of(self, example: Example) -> Recorded:
        if example.name not in self.taken:
            folder = self.place / example.name
            before, during = plain(example.copy_to(folder / "plain")), record(example.copy_to(folder / "recorded"))
            self.taken[example.name] = Recorded(before, during, folder / "recorded")
        return self.taken[example.name]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Recordings:
    return Recordings(tmp_path_factory.mktemp("examples"))


@pytest.mark.parametrize("example", EXAMPLES)
def test_recording_changes_nothing(example: Example, recordings: Recordings) -> None:
    recorded = recordings.of(example)
    assert recorded.plain.status == 0, recorded.plain.stderr.decode(errors="replace")
    assert recorded.plain.stdout.splitlines()[-1].startswith(b"random "), "the example did not reach its end"
    assert b"hindsight" not in recorded.plain.stdout
    assert recorded.record.stdout == recorded.plain.stdout, recorded.record.stderr.decode(errors="replace")
    assert recorded.record.status == recorded.plain.status


@pytest.mark.parametrize(("example", "probe"), PROBES)
def test_a_replay_prints_what_the_edited_script_would(example: Example, probe: str, recordings: Recordings, tmp_path: Path) -> None:
    recorded = recordings.of(example)
    edited = example.copy_to(tmp_path / "edited")
    example.switch_on(probe, edited.parent)
    expected = plain(edited)
    assert without_probes(expected.stdout) == recorded.plain.stdout, "the hindsight line changed the training"
    assert expected.stdout != recorded.plain.stdout, "the hindsight line printed nothing"

    again = shutil.copytree(recorded.folder, tmp_path / "replayed")
    example.switch_on(probe, again)
    answer = replay(again / edited.name, tmp_path / "report.json")
    assert answer.stdout == expected.stdout, answer.stderr.decode(errors="replace")
    assert answer.status == expected.status
    if probe == "outer" and not SELF_CHECK:
        assert restored_loops(tmp_path / "report.json"), "everything was executed again"


def without_probes(output: bytes) -> bytes:
    return b"".join(line for line in output.splitlines(keepends=True) if not line.startswith(b"hindsight "))


def restored_loops(report: Path) -> list[dict[str, object]]:
    """The loop sites that were restored from checkpoints at least once, as the replay's report lists them."""
    loops: list[dict[str, object]] = json.loads(report.read_text(encoding="utf-8"))["loops"]
    return [loop for loop in loops if loop["restored"]]
