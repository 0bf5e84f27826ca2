"""Batches that worker processes load: each tensor of one comes over a socket, which is nobody's but the program's own."""

from __future__ import annotations

import pytest

from .project import Project, by_line

pytest.importorskip("torch")

TRAINING = """
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

class Numbers(Dataset):
    def __len__(self):
        return 24
    def __getitem__(self, place):
        return torch.full((3,), float(place)) + 0.1 * torch.rand(3), torch.tensor(place % 2)

def main():
    torch.manual_seed(3)
    torch.set_num_threads(1)
    loader = DataLoader(Numbers(), 4, shuffle=True, num_workers=2{more})
    model = nn.Linear(3, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    for epoch in range({epochs}):
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
        print("epoch", epoch, repr(loss.item()))

if __name__ == "__main__":
    main()
"""
EPOCH = 'print("epoch", epoch, repr(loss.item()))'


def recorded(project: Project, **settings: object) -> int:
    """With a probe after each epoch; the line of the inner loop."""
    project.write("train.py", TRAINING.format(**settings))
    project.recorded("train.py")
    project.after("train.py", EPOCH, 'print("weights", repr(model.weight.double().sum().item()))')
    return project.line_of("train.py", "for x, y in loader:")


def test_the_loop_over_batches_of_workers_is_restored(project: Project) -> None:
    inner = recorded(project, epochs=4, more="")
    report = project.replayed("train.py")
    assert report["divergences"] == []
    assert by_line(report, "restored")[f"train.py:{inner}"] == 4
    project.after("train.py", "loss.backward()", 'print("loss", repr(loss.item()))')
    for workers in (1, 2):
        assert project.replayed_by(workers, "train.py")["divergences"] == []


def test_so_is_that_over_batches_of_spawned_workers(project: Project) -> None:
    inner = recorded(project, epochs=1, more=', multiprocessing_context="spawn"')
    report = project.replayed("train.py")
    assert report["divergences"] == []
    assert by_line(report, "restored")[f"train.py:{inner}"] == 1


def test_workers_that_persist_have_their_loop_executed(project: Project) -> None:
    inner = recorded(project, epochs=4, more=", persistent_workers=True")
    report = project.replayed("train.py")
    assert report["divergences"] == []
    assert by_line(report, "executed")[f"train.py:{inner}"] == 4
