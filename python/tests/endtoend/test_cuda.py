"""Trainings on CUDA, where there is a device: what replays print is what the edited script prints."""

from __future__ import annotations

import pytest

from .project import Project, by_line

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")

# Half precision with a scaler, dropout by the device's generator, pinned batches of two workers, a mean of the weights, momentum.
MIXED = """
import os
os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)
torch.use_deterministic_algorithms(True)
model = nn.Sequential(nn.Linear(16, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 4)).cuda()
mean = torch.optim.swa_utils.AveragedModel(model)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, fused=True)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 8)
scaler = torch.amp.GradScaler("cuda", init_scale=2.0**20)
rows = torch.randn(256, 16)
data = TensorDataset(rows, rows[:, :4].argmax(1))
loader = DataLoader(data, 32, shuffle=True, num_workers=2, pin_memory=True)
noise = torch.Generator("cuda").manual_seed(5)
copies = torch.cuda.Stream()

for epoch in range(8):
    total = torch.zeros((), device="cuda")
    for x, y in loader:
        with torch.cuda.stream(copies):
            x, y = x.cuda(non_blocking=True), y.cuda(non_blocking=True)
        torch.cuda.current_stream().wait_stream(copies)
        x = x + 0.01 * torch.randn(x.shape, generator=noise, device="cuda")
        optimizer.zero_grad()
        with torch.autocast("cuda", torch.float16):
            loss = nn.functional.cross_entropy(model(x), y)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        mean.update_parameters(model)
        total += loss.detach()
    schedule.step()
    print("epoch", epoch, repr(total.item()))
print("end", repr(sum(p.double().sum().item() for p in mean.parameters())))
"""
EPOCH = 'print("epoch", epoch, repr(total.item()))'
STATE = (
    'print("state", repr(sum(p.double().sum().item() for p in mean.parameters())), scaler.get_scale(), '
    "schedule.get_last_lr(), noise.get_state().sum().item(), torch.cuda.get_rng_state().sum().item())"
)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.of_recorded(MIXED, tmp_path_factory.mktemp("cuda"))


def test_the_loops_of_a_training_are_restored(mixed: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    copy = mixed.copy(tmp_path_factory.mktemp("restored") / "project")
    copy.after("train.py", EPOCH, STATE)
    for workers in (1, 3):
        report = copy.replayed_by(workers, "train.py")
        assert report["divergences"] == []
        inner = copy.line_of("train.py", "for x, y in loader:")
        assert by_line(report, "restored")[f"train.py:{inner}"] == 8, mixed.florpy("show", "--json").text


def test_what_is_executed_after_a_restore_goes_on_as_recorded(mixed: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    copy = mixed.copy(tmp_path_factory.mktemp("executed") / "project")
    copy.after("train.py", "total += loss.detach()", 'print("loss", repr(loss.item()), scaler.get_scale())')
    report = copy.replayed_by(2, "train.py")
    assert report["divergences"] == []
    report = copy.replayed_until(4, "train.py")
    assert report["divergences"] == []


# Steps captured once, as a graph, whose tensors stay where they are.
CAPTURED = """
import torch
from torch import nn

torch.manual_seed(3)
model = nn.Linear(8, 8).cuda()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
x, y = torch.randn(32, 8, device="cuda"), torch.randn(32, 8, device="cuda")

def step():
    optimizer.zero_grad(set_to_none=True)
    loss = (model(x) - y).square().mean()
    loss.backward()
    optimizer.step()
    return loss

aside = torch.cuda.Stream()
aside.wait_stream(torch.cuda.current_stream())
with torch.cuda.stream(aside):
    for _ in range(3):
        step()
torch.cuda.current_stream().wait_stream(aside)
graph = torch.cuda.CUDAGraph()
with torch.cuda.graph(graph):
    loss = step()
for epoch in range(5):
    for batch in range(4):
        x.normal_()
        graph.replay()
    print("epoch", epoch, repr(loss.item()))
"""

# Compiled by Triton, so that code of the device is made while it is recorded.
COMPILED = """
import warnings
warnings.simplefilter("ignore")  # of what is found in a cache, none
import torch
from torch import nn

torch.manual_seed(3)
model = nn.Sequential(nn.Linear(16, 16), nn.GELU(), nn.Dropout(0.2), nn.Linear(16, 1)).cuda()
fast = torch.compile(model)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, capturable=True)
for epoch in range(4):
    for batch in range(5):
        optimizer.zero_grad()
        loss = fast(torch.randn(64, 16, device="cuda")).square().mean()
        loss.backward()
        optimizer.step()
    print("epoch", epoch, repr(loss.item()))
"""


@pytest.mark.parametrize(
    ("program", "weight"),
    [(CAPTURED, "model.weight"), (COMPILED, "model[0].weight")],
    ids=["a captured graph stays in charge of its tensors", "a compiled model is restored"],
)
def test_other_ways_to_take_a_step(project: Project, program: str, weight: str) -> None:
    project.write("train.py", program)
    project.recorded("train.py")
    project.after("train.py", 'print("epoch", epoch, repr(loss.item()))', f"print(repr({weight}.double().sum().item()))")
    assert project.replayed("train.py")["divergences"] == []
