"""Edits that change the program, and replays that part from the record: each is told with its place and both sides."""

from __future__ import annotations

import json

import pytest

from .project import Project, by_line

TRAINING = """
    import random, time
    import part

    random.seed(1)
    scale = 0.5

    def train(epoch):
        total = 0.0
        for step in range(4):
            time.sleep(0.01)
            total += scale * random.random() * part.weight(step)
        return total

    losses = []
    for epoch in range(4):
        loss = train(epoch)
        losses.append(loss)
        print("epoch", epoch, loss)
"""
PART = """
    def weight(step):
        return 1.0 + step
"""
CHANGES = [
    ("train.py", "total += scale * random", "total += 2 * scale * random", "train.py:11"),
    ("train.py", "for step in range(4):", "for step in range(5):", "train.py:9"),
    ("train.py", "    losses.append(loss)\n", "", "train.py:17"),
    ("train.py", "scale = 0.5", "scale = 0.25", "train.py:5"),
    ("train.py", "", "    scale = 1\n", "train.py:18"),
    ("part.py", "return 1.0 + step", "return 1.5 + step", "part.py:2"),
]


@pytest.fixture
def training(project: Project) -> Project:
    project.write("train.py", TRAINING)
    project.write("part.py", PART)
    project.recorded("train.py")
    return project


@pytest.mark.parametrize(("name", "old", "new", "place"), CHANGES)
def test_a_changed_program_is_refused(training: Project, name: str, old: str, new: str, place: str) -> None:
    if old:
        training.edit(name, old, new)
    else:
        training.after(name, "losses.append(loss)", new.strip())
    answer = training.replay("train.py")
    assert (answer.status, answer.stdout) == (76, b"")
    assert "the program changed since it was recorded" in answer.complaint and "\n\nhint: " in answer.complaint
    assert place in answer.complaint
    for text in (old, new):
        assert text.strip() in answer.complaint, answer.complaint
    dry = training.replay("--dry-run", "train.py")
    assert (dry.status, dry.stdout) == (76, b"")


def test_a_random_number_drawn_by_a_probe(training: Project) -> None:
    training.after("train.py", "time.sleep(0.01)", "print('drawn', random.random())")
    answer = training.replay("train.py")
    assert answer.status == 77
    assert "divergence at train.py:15" in answer.complaint or "divergence at train.py:16" in answer.complaint
    assert "recorded: " in answer.complaint and "replayed: " in answer.complaint
    report = json.loads((training.the_run() / "replays" / "001" / "report.json").read_text())
    assert report["divergences"]


def test_a_random_number_drawn_by_torch(project: Project) -> None:
    pytest.importorskip("torch")
    project.write(
        "train.py",
        """
        import time, torch
        torch.manual_seed(0)
        w = torch.zeros(3)
        for epoch in range(3):
            for step in range(4):
                time.sleep(0.01)
                w += torch.rand(3)
            print(epoch, w.tolist())
        """,
    )
    project.recorded("train.py")
    project.after("train.py", "w += torch.rand(3)", "print(torch.rand(1).item())")
    answer = project.replay("train.py")
    assert answer.status == 77
    assert "train.py:5 (<module>) #0" in answer.complaint
    assert "standard output differs" in answer.complaint or "element 0 differs" in answer.complaint


def test_what_was_added_and_takes_no_part_is_replayed(training: Project) -> None:
    training.after("train.py", "losses.append(loss)", "print('so far', sum(losses), len(losses))")
    report = training.replayed("train.py")
    # Where `train` needs a millisecond more than its loop, as on a loaded machine, the call is what is restored.
    restored = by_line(report, "restored")
    assert restored["train.py:7"] + restored["train.py:9"] >= 2
    assert [probe["line"] for probe in report["probes"]] == [18]


def test_a_dry_run_prints_the_plan_and_runs_nothing(training: Project) -> None:
    training.after("train.py", "time.sleep(0.01)", "print('inside', total)")
    answer = training.replay("--dry-run", "train.py")
    assert answer.status == 0
    assert "probe    train.py:11  print('inside', total)" in answer.text
    assert "execute  train.py site 1  the probe at train.py:11 is inside the loop" in answer.text and "epoch 0" not in answer.text
    plan = json.loads(training.replay("--dry-run", "--json", "train.py").stdout)
    assert plan["probes"][0]["line"] == 11 and plan["must_run"]


def test_replays_are_kept_beside_the_recording(training: Project) -> None:
    first = training.replay("train.py")
    training.after("train.py", "losses.append(loss)", "print('probe', epoch)")
    second = training.replay("train.py")
    for number, answer in ((1, first), (2, second)):
        folder = training.the_run() / "replays" / f"{number:03}"
        assert answer.status == 0
        assert (folder / "stdout.log").read_bytes() == answer.stdout
        assert json.loads((folder / "report.json").read_text())["exit"] == 0
        assert "probes" in json.loads((folder / "plan.json").read_text())
    assert training.florpy("verify").status == 0
