"""What probes log, whoever executes them: each value once."""

from __future__ import annotations

import json

import pytest

from .project import Project

TRAINING = """
    import time

    def slowly(total):
        for step in range(6):
            time.sleep(0.03)
            total += step
        return total

    total = 0
    for epoch in range(12):
        for step in range(4):
            time.sleep(0.03)
            total += step
        total = slowly(total)
    print(total)
"""


def logged(project: Project, name: str) -> list[float]:
    rows = project.florpy("logs", "latest", name, "--format", "jsonl").text.splitlines()
    return [json.loads(row)[name] for row in rows]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_each_value_once_whoever_executes_the_probe(project: Project, workers: int) -> None:
    """Every worker passes the script's beginning, and the segments of others."""
    project.write("train.py", TRAINING)
    project.recorded("train.py")
    project.after("train.py", "total = 0", 'import flor; flor.log("before", total)')
    project.edit("train.py", "    total = slowly", '    flor.log("between", total)\n    total = slowly')
    project.edit("train.py", "        total += step\n    return", '        total += flor.log("inside", step)\n    return')
    assert (project.report_of("-j", workers, "train.py")["workers"] > 1) == (workers > 1)
    assert logged(project, "before") == [0]
    assert sorted(logged(project, "between")) == [6 + 21 * epoch for epoch in range(12)]
    assert sorted(logged(project, "inside")) == sorted([*range(6)] * 12)


BEGINNING_ANEW = """
    import time
    import torch

    weight = torch.ones(2, requires_grad=True)
    for epoch in range(3):
        for step in range(3):
            time.sleep(0.01)
            loss = (weight * step).sum()
        loss.backward()
    print(weight.grad.tolist())
"""


@pytest.mark.parametrize("words", [("-j", 1), ("--from", "epoch=0")])
def test_a_replay_that_begins_anew_logs_anew(project: Project, words: tuple[str, ...]) -> None:
    pytest.importorskip("torch")
    project.write("train.py", BEGINNING_ANEW)
    project.recorded("train.py")
    project.edit(
        "train.py", "    loss.backward()", '    import flor; flor.log("epoch", epoch); flor.run().flush()\n    loss.backward()'
    )
    assert project.report_of(*words, "train.py")["attempts"] == 2
    assert logged(project, "epoch") == [0, 1, 2]
