"""Restoring half of a training and executing the rest: the log, and every later state, are those that were recorded."""

from __future__ import annotations

import pytest

from .project import Project

pytest.importorskip("torch")

HEAD = """
import time
import torch
from torch import nn
torch.manual_seed(0)
data, labels = torch.randn(48, 6), torch.randint(0, 3, (48,))
def slowly():
    time.sleep(0.006)
"""
PROGRAMS = {
    "functions": """
model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
def train(epoch):
    model.train()
    for i in range(0, 48, 8):
        slowly()
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(data[i : i + 8]), labels[i : i + 8])
        loss.backward()
        optimizer.step()
    return loss.item()
def test():
    model.eval()
    right = 0
    with torch.no_grad():
        for i in range(0, 48, 8):
            slowly()
            right += (model(data[i : i + 8]).argmax(1) == labels[i : i + 8]).sum().item()
    return right
for epoch in range(4):
    loss = train(epoch)
    print("epoch", epoch, loss, test())  # here
""",
    "module level": """
w, momentum = torch.randn(6, requires_grad=True), torch.zeros(6)
for epoch in range(5):
    order = torch.randperm(48)
    for i in order[:6]:
        slowly()
        loss = (data[i] @ w - labels[i]) ** 2
        loss.backward()
        with torch.no_grad():
            momentum.mul_(0.9).add_(w.grad)
            w -= 0.01 * momentum
        w.grad = None
    print(epoch, loss.item(), w.detach().tolist())  # here
""",
    "early stop with for-else": """
model = nn.Linear(6, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
best, waited, kept = float("inf"), 0, None
for epoch in range(8):
    for i in range(0, 48, 12):
        slowly()
        loss = nn.functional.cross_entropy(model(data[i : i + 12]), labels[i : i + 12])
        optimizer.zero_grad(); loss.backward(); optimizer.step()
    print(epoch, loss.item(), waited)  # here
    if loss.item() < best:
        best, waited, kept = loss.item(), 0, {k: v.clone() for k, v in model.state_dict().items()}
    else:
        waited += 1
        if waited == 2:
            print("stopped at", epoch)
            break
else:
    print("never stopped")
model.load_state_dict(kept)
print(best, model(data).sum().item())
""",
    "data loader": """
loader = torch.utils.data.DataLoader(
    torch.utils.data.TensorDataset(data, labels), batch_size=8, shuffle=True, generator=torch.Generator().manual_seed(1))
model = nn.Linear(6, 3)
optimizer = torch.optim.AdamW(model.parameters())
for epoch in range(4):
    total = 0.0
    for x, y in loader:
        slowly()
        loss = nn.functional.cross_entropy(model(x + 0.1 * torch.randn_like(x)), y)
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        total += loss.item()
    print(epoch, total, y.tolist())  # here
""",
    "k-fold of three levels": """
scores = []
for fold in range(3):
    chosen = torch.arange(48) % 3 != fold
    model = nn.Linear(6, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(3):
        for x, y in zip(data[chosen].split(8), labels[chosen].split(8)):
            slowly()
            loss = nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad(); loss.backward(); optimizer.step()
        print(fold, epoch, loss.item())  # here
    scores.append(model(data[~chosen]).argmax(1).eq(labels[~chosen]).float().mean().item())
print(scores)
""",
    "scaler and schedule": """
model = nn.Linear(6, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.3, total_steps=30)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**14, growth_interval=4)
for epoch in range(5):
    for i in range(0, 48, 8):
        slowly()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(model(data[i : i + 8]), labels[i : i + 8])
        if epoch == 2 and i == 0:
            loss = loss * float("inf")
        optimizer.zero_grad(); scaler.scale(loss).backward(); scaler.step(optimizer); scaler.update()
        if scheduler.last_epoch < 30:
            scheduler.step()
    print(epoch, loss.item(), scaler.get_scale(), scheduler.get_last_lr())  # here
""",
}


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """All of them as modules of one project, recorded, and then with a probe in each: PyTorch takes long to start."""
    project = Project(tmp_path_factory.mktemp("trainings") / "project")
    modules = [name.replace(" ", "_").replace("-", "_") for name in PROGRAMS]
    for module, program in zip(modules, PROGRAMS.values()):
        project.write(f"{module}.py", HEAD + program)
    project.write("train.py", "".join(f"import {module}\n" for module in modules))
    project.recorded("train.py")
    for module, program in zip(modules, PROGRAMS.values()):
        line = next(one.strip() for one in program.splitlines() if one.endswith("# here"))
        project.after(f"{module}.py", line, 'print("probe", epoch, torch.get_rng_state().sum().item())')
    return project


def checkpoints(project: Project) -> int:
    return len(list((project.the_run() / "checkpoints").iterdir()))


def test_everything_is_restored(training: Project) -> None:
    report = training.replayed("train.py")
    assert report["divergences"] == []
    restored = {loop["site"][0] for loop in report["loops"] if loop["restored"]}
    assert len(restored) == len(PROGRAMS), restored


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75])
def test_from_a_checkpoint_in_the_middle_all_is_executed_as_recorded(training: Project, share: float) -> None:
    last = int(share * checkpoints(training))
    report = training.replayed_until(last, "train.py")
    assert report["divergences"] == []
    assert sum(loop["restored"] for loop in report["loops"]) <= last
    assert bool(sum(loop["restored"] for loop in report["loops"])) is bool(last)
    assert sum(loop["compared"] for loop in report["loops"]) >= checkpoints(training) - last
