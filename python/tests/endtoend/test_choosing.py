"""Replays of a part of the log: it is the matching part of what running the edited script prints, and little is executed for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .project import Project, by_line

# Two folds of epochs of steps; a list as an iterator, a `while` loop that counts, and a function that holds the loop over steps.
TRAINING = """
    import random, select, sys

    random.seed(5)
    weights = [0.0] * 5
    history = []

    def train(fold, epoch):
        for step in range(4):
            select.select([], [], [], 0.02)
            weights[step] += random.gauss(0, 1)
        return sum(weights)

    print("begins")
    for fold in ["first", "second"]:
        for epoch in range(100):
            history.append(train(fold, epoch))
            print("epoch", fold, epoch, repr(sum(history)))
            if epoch == 4:
                break
        else:
            print("never")
    rounds = 0
    while rounds < 3:
        rounds += 1
        for step in (1, 1, 2):
            select.select([], [], [], 0.02)
            weights[step] *= 0.5
        print("round", rounds, repr(sum(weights)))
    print("done", repr(sum(weights)))
    sys.exit(3)
"""
STEP, ROUND_STEP = "weights[step] += random.gauss(0, 1)", "weights[step] *= 0.5"
STEP_LOOP = 8
STEP_3 = [f"probe {fold} {epoch} 3" for fold in ("first", "second") for epoch in range(5)]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.of_recorded(TRAINING, tmp_path_factory.mktemp("choosing"))


@pytest.fixture
def probed(recorded: Project, tmp_path: Path) -> Project:
    project = recorded.copy(tmp_path / "project")
    project.after("train.py", STEP, 'print("probe", fold, epoch, step, repr(weights[step]))')
    project.after("train.py", ROUND_STEP, 'print("probe round", rounds, step, repr(weights[step]))')
    return project


def placed(project: Project, words: list[str]) -> list[str]:
    """With the present line of the loop over rounds."""
    line = project.line_of("train.py", "while rounds < 3:")
    return [word.replace("{rounds}", str(line)) for word in words]


def lines_with(project: Project, *beginnings: str) -> list[str]:
    lines = project.plain("train.py").text.splitlines()
    return [line for line in lines if any(line.startswith(f"{one} ") for one in beginnings)]


@pytest.mark.parametrize(
    ("words", "beginnings"),
    [
        (["--at", "epoch=2"], [f"{what} {fold} 2" for fold in ("first", "second") for what in ("probe", "epoch")]),
        (["--at", "fold=second,epoch=2"], ["probe second 2", "epoch second 2"]),
        (["--at", "fold=first, epoch=0", "--at", "step=3"], ["probe first 0", "epoch first 0", *STEP_3]),
        (["--at", "fold=second,epoch=3,step=1"], ["probe second 3 1"]),
        (["--at", f"{STEP_LOOP}=3"], STEP_3),
        (["--at", "train.py:{rounds}=1"], ["probe round 2", "round 2"]),
    ],
)  # fmt: skip
def test_iterations(probed: Project, words: list[str], beginnings: list[str]) -> None:
    answer = probed.replay(*placed(probed, words), "train.py")
    assert answer.text.splitlines() == lines_with(probed, *beginnings), answer.complaint
    assert answer.status in (0, 3)


def test_little_is_executed_for_one_place(probed: Project) -> None:
    report = probed.report_of("--at", "fold=second,epoch=1", "train.py")
    executed, restored = by_line(report, "executed"), by_line(report, "restored")
    assert executed[f"train.py:{STEP_LOOP}"] == 1, report["loops"]
    assert sum(restored.values()) >= 1
    assert report["exit"] == 0, "nothing that comes later was waited for"


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        (["--from", "fold=first,epoch=3", "--to", "fold=second,epoch=1"], "probe first 3 0", "epoch second 1"),
        (["--from", "fold=second,epoch=4"], "probe second 4 0", "done"),
        (["--to", "epoch=1,step=1"], "begins", "probe first 1 1"),
        (["--from", "fold=first,epoch=1,step=2", "--to", "fold=first,epoch=2,step=1"], "probe first 1 2", "probe first 2 1"),
        (["--from", "fold=second", "--to", "fold=second,epoch=0"], "probe second 0 0", "epoch second 0"),
    ],
)
def test_from_one_place_to_another(probed: Project, words: list[str], first: str, last: str) -> None:
    plain = probed.plain("train.py").text.splitlines()
    begin = next(number for number, line in enumerate(plain) if line.startswith(first))
    end = next(number for number, line in enumerate(plain) if line.startswith(last))
    answer = probed.replay(*words, "train.py")
    assert answer.text.splitlines() == plain[begin : end + 1], answer.complaint


@pytest.mark.parametrize(
    ("words", "beginnings"),
    [
        # The outermost loops that have to run: two folds and then three rounds.
        (["--last", "2"], ["probe round 2", "round 2", "probe round 3", "round 3"]),
        (["--last", "epoch=2"], ["probe second 3", "epoch second 3", "probe second 4", "epoch second 4"]),
        (["--sample", "epoch=3"], [f"{what} {at}" for at in ("first 0", "second 0", "second 4") for what in ("probe", "epoch")]),
        (["--sample", "99"], ["probe", "epoch", "round"]),
        (["--last", "{rounds}=1"], ["probe round 3", "round 3"]),
    ],
)
def test_some_iterations(probed: Project, words: list[str], beginnings: list[str]) -> None:
    answer = probed.replay(*placed(probed, words), "train.py")
    assert answer.text.splitlines() == lines_with(probed, *beginnings), answer.complaint


def test_little_is_executed_for_some_iterations(probed: Project) -> None:
    report = probed.report_of("--last", "epoch=1", "train.py")
    assert by_line(report, "executed")[f"train.py:{STEP_LOOP}"] == 1, report["loops"]


def test_the_first_iteration_with_a_value(probed: Project) -> None:
    """Of the loop over (1, 1, 2) the first one, in each execution."""
    answer = probed.replay(*placed(probed, ["--at", "{rounds}=0,step=1"]), "train.py")
    assert answer.text.splitlines() == lines_with(probed, "probe round 1 1")[:1]


def test_without_any_probe(recorded: Project) -> None:
    assert recorded.replay("--at", "epoch=3", "train.py").text.splitlines() == lines_with(
        recorded, "epoch first 3", "epoch second 3"
    )


def test_what_a_probe_keeps_is_there(recorded: Project, tmp_path: Path) -> None:
    """Then what is not to be seen is executed all the same."""
    project = recorded.copy(tmp_path / "project")
    project.edit("train.py", "def train", "seen = []\n\ndef train")
    project.after("train.py", STEP, 'seen.append(step)\n        print("probe", fold, epoch, len(seen))')
    answer = project.replay("--at", "fold=second,epoch=1", "train.py")
    assert answer.text.splitlines() == lines_with(project, "probe second 1", "epoch second 1")


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (["--at", "epok=3"], 64, "no loop has the variable `epok`; there are epoch, fold, step"),
        (["--at", "6=3"], 64, "there is no loop at train.py:6"),
        (["--at", "epoch"], 64, "`epoch` is no position"),
        (["--last", "epoch"], 64, "`--last` is a number"),
        (["--sample", "epok=3"], 64, "no loop has the variable `epok`"),
        (["--at", "epoch=77"], 66, "came to no iteration that matches `--at epoch=77`"),
        (["--at", "epoch=1", "--from", "epoch=2"], 64, "only one can be used"),
    ],
)
def test_positions_that_are_none(probed: Project, words: list[str], status: int, complaint: str) -> None:
    answer = probed.replay(*words, "train.py")
    assert (answer.status, answer.text) == (status, "")
    assert complaint in answer.complaint


def test_a_program_that_fails_out_of_sight(probed: Project) -> None:
    probed.after("train.py", STEP, "print(1 / (4 - epoch))")
    answer = probed.replay("--verbose", "--at", "step=77", "train.py")
    assert answer.text == ""
    assert answer.status == 77, "a divergence, since nothing like it was recorded"
    assert f"line {probed.line_of('train.py', 'print(1 / (4 - epoch))')}, in train" in answer.complaint
    assert "ZeroDivisionError" in answer.complaint
