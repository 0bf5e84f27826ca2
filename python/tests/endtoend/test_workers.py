"""Replays by several workers: what they print together is what running the edited script would print."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from ..florpy_binary import built_florpy
from .project import Project
from .running import Running, state_of

# Segments of unequal length; an early end by `break`; state in globals, in a function's locals and in a random generator.
TRAINING = """
    import random, select, sys

    random.seed(5)
    weights = [0.0] * 50
    history = []

    def train(epoch):
        total = 0.0
        for step in range(4 + 4 * (epoch % 3)):
            select.select([], [], [], 0.02)
            weights[step] += random.gauss(0, 1)
            total += weights[step]
        return total

    def validate():
        return sum(weight * weight for weight in weights)

    print("begins", repr(random.random()))
    for epoch in range(100):
        total = train(epoch)
        history.append(validate())
        print("epoch", epoch, repr(total), repr(sum(history)))
        if len(history) == 9:
            break
    else:
        print("never")
    print("done", repr(sum(weights)), file=sys.stderr)
    print("ends", repr(random.random()))
    sys.exit(3)
"""
STEP = "total += weights[step]"
INNER_PROBE = 'print("probe", epoch, step, repr(total))'


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.of_recorded(TRAINING, tmp_path_factory.mktemp("workers"))


@pytest.fixture
def copy(training: Project, tmp_path: Path) -> Project:
    return training.copy(tmp_path / "project")


@pytest.mark.parametrize("workers", [2, 4])
def test_a_probe_in_the_inner_loop(copy: Project, workers: int) -> None:
    copy.after("train.py", STEP, INNER_PROBE)
    report = copy.replayed_by(workers, "train.py")
    assert (report["exit"], report["divergences"]) == (3, [])
    assert 1 < report["workers"] <= workers
    executed = {loop["line"]: loop["executed"] for loop in report["loops"]}
    assert executed[9] == 9, report["loops"]


@pytest.mark.parametrize("workers", [2, 4])
def test_probes_that_print_on_standard_error(copy: Project, workers: int) -> None:
    """Each stream is in order."""
    copy.after("train.py", STEP, 'print("probe", epoch, step, repr(total), file=sys.stderr)')
    copy.replayed_by(workers, "train.py")
    answer, plain = copy.replay("-j", workers, "train.py"), copy.plain("train.py")
    assert (answer.stdout, answer.stderr) == (plain.stdout, plain.stderr)


def test_both_streams_in_one(copy: Project, tmp_path: Path) -> None:
    copy.after("train.py", STEP, 'print("probe", epoch, step, file=sys.stderr if step % 2 else sys.stdout, flush=True)')

    def together(*words: Any) -> bytes:
        with (tmp_path / "both").open("wb") as file:
            subprocess.run([str(word) for word in words], cwd=copy.folder, env=copy.environment(), stdout=file, stderr=file)
        return (tmp_path / "both").read_bytes()

    plain = together(copy.python, "train.py")
    assert together(built_florpy(), "replay", "--python", copy.python, "-j", 3, "train.py") == plain


def test_probes_in_functions_and_around_the_loops(copy: Project) -> None:
    copy.after("train.py", "history.append(validate())", 'print("probe", len(history), repr(max(weights)))')
    copy.edit("train.py", "    return sum(weight", '    print("validating", repr(weights[0]))\n    return sum(weight')
    copy.after("train.py", STEP, 'scale = max(weights)\n        print("scaled", repr(total * scale))')
    assert copy.replayed_by(4, "train.py")["workers"] > 1


@pytest.mark.parametrize(
    ("probe", "status"),
    [
        ("print(1 / (5 - epoch))", 1),
        ('sys.exit("enough") if epoch == 4 else print(epoch)', 1),
        ("history.clear() if epoch == 2 else None", 3),
    ],
)
def test_a_program_that_ends_before(copy: Project, probe: str, status: int) -> None:
    """Nothing is to be seen of the workers that are ahead. A divergence, since nothing like it was recorded."""
    copy.after("train.py", STEP, probe)
    answer, plain = copy.replay("-j", 4, "train.py"), copy.plain("train.py")
    assert (answer.stdout, answer.status, plain.status) == (plain.stdout, 77, status), answer.complaint
    assert plain.complaint.splitlines()[-1] in answer.complaint


def test_what_is_kept_between_executions_needs_one_worker(copy: Project) -> None:
    copy.edit("train.py", "def train", "seen = []\n\ndef train")
    copy.after("train.py", STEP, 'seen.append(total)\n        print("probe", len(seen))')
    report = copy.replayed_by(4, "train.py")
    assert report["workers"] == 1
    answer = copy.replay("--dry-run", "-j", 4, "train.py").text
    assert "1 worker, " in answer and "the probe at train.py:" in answer and "keeps `seen` for later" in answer


def test_files_are_kept_apart(copy: Project) -> None:
    copy.after("train.py", STEP, INNER_PROBE)
    before = {path.name for path in copy.folder.iterdir()}
    copy.replayed_by(3, "train.py")
    assert {path.name for path in copy.folder.iterdir()} == before
    folder = copy.the_run() / "replays" / "001"
    assert (folder / "stdout.log").read_bytes() == copy.plain("train.py").stdout
    workers = json.loads((folder / "report.json").read_text())["workers"]
    assert len(list((folder / "workers").iterdir())) == workers > 1


def test_no_more_workers_than_there_is_work_for(copy: Project) -> None:
    copy.after("train.py", "history.append(validate())", 'print("probe", len(history))')
    assert copy.replayed_by(4, "train.py")["workers"] == 1
    copy.after("train.py", STEP, INNER_PROBE)
    plan = json.loads(copy.replay("--dry-run", "--json", "-j", 64, "train.py").stdout)
    assert 2 <= plan["workers"] <= 9
    assert "one_worker" not in plan
    alone = json.loads(copy.replay("--dry-run", "--json", "-j", 1, "train.py").stdout)
    # Both count how long their own planner took to start, which other programs decide.
    alone_seconds, seconds = (one["estimate_seconds"] - one["shared_seconds"] for one in (alone, plan))
    assert alone["workers"] == 1 and alone_seconds > seconds + 0.5


def ended_with(project: Project, **facts: Any) -> None:
    """The record says something else of the machine that it was made on."""
    path = project.the_run() / "end.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | facts))


@pytest.mark.parametrize(("visible", "expected"), [({}, {"0", "1"}), ({"CUDA_VISIBLE_DEVICES": "3,GPU-5d"}, {"3", "GPU-5d"})])
def test_each_worker_has_one_of_the_devices_that_the_program_saw(
    copy: Project, visible: dict[str, str], expected: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    ended_with(copy, devices=["a device", "another"])
    copy.after("train.py", STEP, 'import os; print("probe", epoch, os.environ.get("CUDA_VISIBLE_DEVICES"))')
    answer = copy.replay("train.py", **visible)
    assert answer.status == 3, answer.complaint
    seen: dict[str, set[str]] = {}
    for line in answer.text.splitlines():
        if line.startswith("probe"):
            seen.setdefault(line.split()[1], set()).add(line.split()[2])
    # Which worker does how many epochs is a matter of speed; who gets which device is tested where that is decided.
    assert len(seen) == 9 and all(len(devices) == 1 and devices <= expected for devices in seen.values()), answer.text


def test_no_more_workers_than_there_is_memory_for(copy: Project) -> None:
    copy.after("train.py", STEP, INNER_PROBE)

    def workers() -> Any:
        return json.loads(copy.replay("--dry-run", "--json", "-j", 4, "train.py").stdout)["workers"]

    assert workers() > 1
    ended_with(copy, peak_bytes=1 << 60)
    assert workers() == 1


def test_the_recording_was_interrupted(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    project.write("train.py", TRAINING)
    process = subprocess.Popen(
        [built_florpy(), "record", "--python", project.python, "--overhead", "unlimited", "train.py"],
        cwd=project.folder, env=project.environment(), stdout=subprocess.PIPE, bufsize=0,
    )  # fmt: skip
    while process.poll() is None and len(list(project.folder.glob(".flor/runs/*/checkpoints/*"))) < 5:
        time.sleep(0.01)
    process.kill()
    process.communicate(timeout=30)
    time.sleep(0.2)
    project.after("train.py", STEP, INNER_PROBE)
    plain = project.plain("train.py")
    alone, together = (project.replay("-j", workers, "train.py") for workers in (1, 3))
    assert together.stdout == alone.stdout and plain.stdout.startswith(alone.stdout)
    assert (alone.status, together.status) == (74, 74), together.complaint
    assert b"probe" in together.stdout


@pytest.fixture
def probed(copy: Project) -> Project:
    copy.after("train.py", STEP, INNER_PROBE)
    return copy


@pytest.mark.parametrize("victim", [0, 1, 2])
def test_a_worker_is_killed(probed: Project, victim: int) -> None:
    """Its segment is done once more; nothing is there twice."""
    running = Running(probed, 3)
    os.kill(running.workers[victim % len(running.workers)], signal.SIGKILL)
    stdout, stderr, status = running.end()
    assert (stdout, status) == (probed.plain("train.py").stdout, 3), stderr


def test_what_a_killed_worker_found_before_is_not_lost(copy: Project) -> None:
    """Its report is joined up to the last segment that it had handed in."""
    copy.after("train.py", STEP, 'print("probe", weights.__setitem__(40, 1.0) if (epoch, step) == (0, 0) else "")')
    running = Running(copy, 2)
    folder = copy.the_run() / "replays" / "001"
    handed_in = [folder / "workers" / number / "passed.json" for number in ("1", "2")]
    found: list[int] = []
    while not found:
        time.sleep(0.01)
        found = [i for i, path in enumerate(handed_in) if path.exists() and json.loads(path.read_text())["divergences"]]
    os.kill(running.workers[found[0]], signal.SIGKILL)
    stderr, status = running.end()[1:]
    divergences = json.loads((folder / "report.json").read_text())["divergences"]
    assert status == 77 and [one for one in divergences if one["what"] == "weights[40]"], stderr


def test_a_worker_hangs(probed: Project) -> None:
    running = Running(probed, 3, "--hang-after", 1)
    os.kill(running.workers[1], signal.SIGSTOP)
    stdout, stderr, status = running.end()
    assert (stdout, status) == (probed.plain("train.py").stdout, 3), stderr


def test_a_program_that_kills_itself(copy: Project) -> None:
    """Where a worker dies twice, the program dies; what it printed before is there."""
    copy.edit("train.py", "import random,", "import os, signal\nimport random,")
    copy.after("train.py", STEP, 'print("probe", os.kill(os.getpid(), signal.SIGKILL) if epoch == 5 else epoch, flush=True)')
    answer, plain = copy.replay("-j", 3, "--verbose", "train.py"), copy.plain("train.py")
    assert (answer.stdout, answer.status) == (plain.stdout, -signal.SIGKILL), answer.complaint
    assert "was ended by signal 9, twice" in answer.complaint


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_user_ends_the_replay(probed: Project, number: int) -> None:
    running = Running(probed, 4)
    os.kill(running.pid, number)
    began = time.monotonic()
    assert running.wait() == -number
    assert time.monotonic() - began < 1
    assert running.left_over() == []


def test_the_replay_is_killed(probed: Project) -> None:
    running = Running(probed, 4)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    # They die with it, but not in the same instant.
    until = time.monotonic() + 30
    while running.left_over() and time.monotonic() < until:
        time.sleep(0.01)
    assert running.left_over() == []


def test_nobody_reads_any_more(probed: Project) -> None:
    running = Running(probed, 4)
    running.close_output()
    assert running.wait() == 128 + signal.SIGPIPE
    assert running.left_over() == []


def test_a_replay_that_is_stopped_for_a_while(probed: Project) -> None:
    running = Running(probed, 3)
    os.kill(running.pid, signal.SIGTSTP)
    time.sleep(0.5)
    assert {state_of(process) for process in running.workers} == {"T"}
    os.kill(running.pid, signal.SIGCONT)
    stdout, stderr, status = running.end()
    assert (stdout, status) == (probed.plain("train.py").stdout, 3), stderr
