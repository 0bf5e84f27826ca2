"""Probes anywhere in a program, by `print` and by `logging`: each prints what it would in a plain run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from .project import Project

MODEL = """
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def forward(self, inputs):
            outputs = self.layer(inputs)
            return outputs

    def loss_of(outputs, targets):
        loss = ((outputs - targets) ** 2).mean()
        return loss
"""
DATA = """
    import torch

    class Points(torch.utils.data.Dataset):
        size = 12

        def __init__(self):
            self.points = torch.randn(self.size, 4)

        def __len__(self):
            return len(self.points)

        def __getitem__(self, index):
            point = self.points[index]
            return point, point.sum().view(1)
"""
TRAINING = """
    import logging, sys, time
    import torch
    from data import Points
    from model import Net, loss_of

    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(message)s")
    torch.manual_seed(3)
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    loader = torch.utils.data.DataLoader(Points(), batch_size=4, shuffle=True)

    def count(module, inputs, outputs):
        seen.append(len(outputs))

    class Callbacks:
        def on_epoch_end(self, epoch):
            best.append(epoch)

    seen, best = [], []
    handle = model.register_forward_hook(count)

    def train(epoch):
        total = 0.0
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = loss_of(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total += loss.item()
            time.sleep(0.005)
        return total

    def main():
        callbacks = Callbacks()
        for epoch in range(3):
            total = train(epoch)
            callbacks.on_epoch_end(epoch)
            logging.info("epoch %d total %r", epoch, total)
        print("seen", len(seen), best)

    if __name__ == "__main__":
        main()
        print("done")
"""

# The line after which a probe is put, and what it shows.
PLACES = {
    "loop body": ("train.py", "total += loss.item()", "repr(total)"),
    "called function": ("train.py", "total = 0.0", "epoch"),
    "forward": ("model.py", "outputs = self.layer(inputs)", "repr(outputs.sum().item())"),
    "loss": ("model.py", "loss = ((outputs - targets) ** 2).mean()", "repr(loss.item())"),
    "dataset": ("data.py", "point = self.points[index]", "repr(point.sum().item())"),
    "class of an imported module": ("data.py", "size = 12", "size"),
    "hook": ("train.py", "seen.append(len(outputs))", "repr(outputs.norm().item())"),
    "callback": ("train.py", "best.append(epoch)", "best"),
    "under the name of main": ("train.py", "main()", "len(seen)"),
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("places") / "project")
    project.write("model.py", MODEL)
    project.write("data.py", DATA)
    project.write("train.py", TRAINING)
    project.recorded("train.py")
    return project


def with_probes(project: Project, places: Iterable[str]) -> Project:
    """By `print` and by a logger of its own, since the log may not have been set up there. Each line names its place."""
    for name in ("train.py", "model.py", "data.py"):
        project.edit(name, "import torch\n", 'import torch\nimport logging as logs; log = logs.getLogger("probes")\n')
    for place in places:
        file, line, shown = PLACES[place]
        project.after(file, line, f'print("probe ({place})", {shown}); log.warning("probe (%s) %s", "{place}", {shown})')
    return project


@pytest.fixture(scope="module")
def all_lines(recorded: Project, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a plain run prints with a probe at each place."""
    plain = with_probes(recorded.copy(tmp_path_factory.mktemp("plain") / "project"), PLACES).plain("train.py")
    assert plain.status == 0, plain.complaint
    return plain.text.splitlines(keepends=True)


@pytest.mark.parametrize("place", PLACES)
def test_a_probe_in_each_kind_of_place(recorded: Project, all_lines: list[str], place: str, tmp_path: Path) -> None:
    project = with_probes(recorded.copy(tmp_path / "project"), [place])
    outcome = project.replay("train.py")
    expected = [line for line in all_lines if "probe (" not in line or f"({place})" in line]
    assert len(expected) > len(all_lines) - sum("probe (" in line for line in all_lines)
    assert (outcome.text, outcome.status) == ("".join(expected), 0), outcome.complaint


def test_all_of_them_by_several_workers(recorded: Project, all_lines: list[str], tmp_path: Path) -> None:
    outcome = with_probes(recorded.copy(tmp_path / "project"), PLACES).replay("-j", 2, "train.py")
    assert (outcome.text, outcome.status) == ("".join(all_lines), 0), outcome.complaint
