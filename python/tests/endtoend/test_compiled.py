"""Code that others trace or compile behaves as in a plain run, and the loops around it are still skipped."""

from __future__ import annotations

import pytest

from .project import Project, by_line

pytest.importorskip("torch")

PROGRAM = """
import time, warnings
warnings.simplefilter("ignore")
import torch
from torch import nn
torch.manual_seed(0)

def njit(function):
    import ast, inspect, textwrap
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    function.seen = (sum(isinstance(node, ast.For) for node in ast.walk(tree)), function.__code__.co_names)
    return function

@torch.compile(backend="eager")
def compiled(x):
    for i in range(3):
        x = x * 0.5 + i
    return x

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(2))
    def forward(self, x):
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return x

@torch.jit.script
def scripted(x: torch.Tensor, n: int):
    for i in range(n):
        x = x + i
    return x

def looped(x):
    for i in range(2):
        x = x.sin()
    return x.sum()

@njit
def numeric(n):
    total = 0
    for i in range(n):
        total += i
    return total

def helper(x):
    for _ in range(2):
        x = x + 1
    return x

net = Net()
fast = torch.compile(Net(), backend="eager")
traced = torch.jit.trace(looped, torch.ones(3))
symbolic = torch.fx.symbolic_trace(Net())
batched = torch.vmap(helper)
functional = torch.func.grad(looped)
optimizer = torch.optim.SGD([*net.parameters(), *fast.parameters()], lr=0.1)
print(symbolic.code, numeric.seen, scripted.code)
for epoch in range(3):
    for step in range(4):
        time.sleep(0.01)
        x = torch.randn(2, 4)
        loss = net(x).pow(2).sum() + fast(x).sum() + symbolic(x).sum() + compiled(x).mean()
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        loss = loss.item() + scripted(x, 3).sum().item() + traced(x).item() + batched(x).sum().item()
        loss += functional(x).sum().item() + numeric(step)
    print(epoch, loss)
print(torch._dynamo.utils.counters["graph_break"], len(torch._dynamo.utils.counters["frames"]))
"""


PROBE = ("print(epoch, loss)", 'print("probe", net.layers[0].weight.sum().item())')


def test_traced_and_compiled_code_is_executed_as_before(project: Project) -> None:
    project.write("train.py", PROGRAM)
    project.recorded("train.py")
    project.after("train.py", *PROBE)
    assert project.replayed("train.py")["divergences"] == []


def test_traced_code_that_keeps_no_state_does_not_hinder(project: Project) -> None:
    """Compiled functions cannot be taken apart; what `torch.vmap` and `torch.func` make can."""
    program = PROGRAM.replace('@torch.compile(backend="eager")\n', "").replace('torch.compile(Net(), backend="eager")', "Net()")
    program = program.replace("@torch.jit.script\n", "").replace(", scripted.code", "")
    program = program.replace("torch.jit.trace(looped, torch.ones(3))", "looped")
    program = program.replace("torch.fx.symbolic_trace(Net())", "Net()").replace("symbolic.code, ", "")
    project.write("train.py", program)
    project.recorded("train.py")
    project.after("train.py", *PROBE)
    report = project.replayed("train.py")
    line = 1 + program.lstrip().splitlines().index("    for step in range(4):")
    assert by_line(report, "restored")[f"train.py:{line}"] >= 1, report
