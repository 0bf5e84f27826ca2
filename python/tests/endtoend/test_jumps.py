"""Replays that begin in the middle of loops: flat ones, and epochs over a `DataLoader`."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from .project import Project

# One loop that is all there is, and one without an end that can be restored.
FLAT = """
    import random, select

    random.seed(7)
    weights, history = [0.0] * 10, []
    for step in range(60):
        weights[step % 10] += random.random()
        history.append(weights[step % 10])
        select.select([], [], [], 0.02)
        if step % 20 == 0:
            print("step", step, repr(sum(weights)))
    print("half", repr(random.random()))
    while True:
        weights[len(history) % 10] *= 0.5
        history.append(sum(weights))
        select.select([], [], [], 0.02)
        if len(history) == 100:
            break
    print("end", repr(sum(weights)), repr(random.random()))
"""
FOR_STEP, WHILE_STEP = "history.append(weights[step % 10])", "history.append(sum(weights))"

EPOCHS = """
    import select
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    torch.manual_seed(0)
    data = TensorDataset(torch.randn(120, 4), torch.randn(120, 1))
    loader = DataLoader(data, batch_size=8, shuffle=True)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.1), torch.nn.Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters(), 0.01)

    def train(epoch):
        total = 0.0
        for step, (x, y) in enumerate(loader):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
            select.select([], [], [], 0.03)
        return total

    for epoch in range(3):
        print("epoch", epoch, train(epoch))
    print("end", sum(p.sum().item() for p in model.parameters()))
"""


class Between(Project):
    """A project of which checkpoints are taken between iterations as well."""

    between_iterations = True


def manifests(project: Project) -> list[dict[str, Any]]:
    folder = project.the_run() / "checkpoints"
    return [json.loads(path.read_text(encoding="utf-8").splitlines()[1]) for path in sorted(folder.iterdir())]


def jumped(report: dict[str, Any]) -> int:
    return sum(loop["jumped"] for loop in report["loops"])


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Between.of_recorded(FLAT, tmp_path_factory.mktemp("flat"))


@pytest.fixture
def copy(flat: Project, tmp_path: Path) -> Project:
    return flat.copy(tmp_path / "project")


def test_checkpoints_between_iterations_say_where_they_are(flat: Project) -> None:
    found = [one for one in manifests(flat) if "iteration" in one]
    assert len(found) >= 20
    assert all("exit" not in one and one["around"] == [] and one["iteration"] >= 1 for one in found)
    assert flat.florpy("verify").status == 0


@pytest.mark.parametrize("step", [FOR_STEP, WHILE_STEP])
def test_several_workers_share_a_flat_loop(copy: Project, step: str) -> None:
    copy.after("train.py", step, 'print("probe", len(history), repr(history[-1]))')
    report = copy.replayed_by(4, "train.py")
    assert report["divergences"] == []
    assert report["workers"] > 1
    assert jumped(report) >= report["workers"] - 1
    compared = sum(loop["compared"] for loop in report["loops"])
    assert compared >= 10


def test_one_worker_executes_what_is_looked_into(copy: Project) -> None:
    copy.after("train.py", FOR_STEP, 'print("probe", len(history), repr(history[-1]))')
    report = copy.replayed("train.py")
    assert report["divergences"] == []
    assert jumped(report) == 0


def test_a_position_in_a_flat_loop_is_jumped_to(copy: Project) -> None:
    copy.after("train.py", FOR_STEP, 'print("probe", step, repr(history[-1]))')
    outcome = copy.replay("train.py", "--at", "step=50")
    assert outcome.status == 0, outcome.complaint
    (line,) = [one for one in copy.plain("train.py").text.splitlines() if one.startswith("probe 50 ")]
    assert outcome.text.splitlines() == [line]
    report = copy.report_of("train.py", "--at", "step=50")
    assert report["divergences"] == []
    assert jumped(report) == 1


def test_the_last_iterations_of_a_while_loop_are_jumped_to(copy: Project) -> None:
    copy.after("train.py", WHILE_STEP, 'print("probe", len(history), repr(history[-1]))')
    report = copy.report_of("train.py", "--last", "2")
    assert report["divergences"] == []
    assert jumped(report) >= 1
    expected = [one for one in copy.plain("train.py").text.splitlines() if one.startswith("probe")]
    assert copy.replay("train.py", "--last", "2").text.splitlines() == expected[-2:]


def test_from_and_to(copy: Project) -> None:
    copy.after("train.py", FOR_STEP, 'print("probe", step, repr(history[-1]))')
    outcome = copy.replay("train.py", "--from", "step=41", "--to", "step=44")
    expected = copy.plain("train.py").text.splitlines()
    begin = next(place for place, one in enumerate(expected) if one.startswith("probe 41 "))
    assert outcome.text.splitlines() == expected[begin : begin + 4]


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_workers_begin_in_the_middle_of_an_epoch(tmp_path: Path) -> None:
    project = Between.of_recorded(EPOCHS, tmp_path)
    inside = [one for one in manifests(project) if one.get("iteration") and one["around"]]
    assert len(inside) >= 10
    assert all(one["around"][0][3] is not None for one in inside)
    project.after("train.py", "total += loss.item()", 'print("probe", epoch, step, loss.item(), total)')
    report = project.replayed_by(2, "train.py")
    assert report["divergences"] == []
    if report["workers"] > 1:  # two interpreters may cost more than this saves
        assert jumped(report) >= 1
    at = project.report_of("train.py", "--at", "epoch=2,step=11")
    assert at["divergences"] == []
    assert jumped(at) >= 1
