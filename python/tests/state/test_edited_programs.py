"""Programs recorded without their lines that end in `# probe`, and replayed with them; loops marked `# skip` are restored."""

from __future__ import annotations

import textwrap

import pytest

from flor.runtime.replaying import Plan

from ..simulation import plain, record, replay

PROGRAMS: dict[str, str] = {
    "a probe that makes a variable a cell": """
        def counter():
            values, total = [1], 0
            def step(k):
                nonlocal total
                total += k
                for i in range(3):  # skip
                    total += i
                print(values)  # probe
                return total
            return step
        step = counter()
        for epoch in range(3):
            for k in range(2):  # skip
                kept = [step]
            print(kept[0](epoch), step(1))
            print(epoch)  # probe
    """,
    "a probe that makes a variable a cell, in a function that is made anew": """
        def counter(k):
            values = [k]
            def step():
                print(values)  # probe
                return k
            return step
        step = counter(0)
        for epoch in range(3):
            for k in range(2):
                step = counter(epoch)
            print(step())
            print(epoch)  # probe
    """,
    "names of probes that the program has elsewhere": """
        from functools import cache
        def other():
            seen, math, made, later = 1, 2, 3, 4
            return seen + math + made + later
        def around(function):
            return lambda *given: function(*given)
        @cache
        @around
        def work(epoch):
            seen = [epoch]  # probe
            total = 0
            for k in range(3):  # skip
                total += k * epoch
            print(seen)  # probe
            return total
        def outer():
            made = [0]  # probe
            total = 0
            for k in range(3):  # skip
                total += k
            print((lambda: made)())  # probe
            return total
        import math  # probe
        def keep():  # probe
            global later  # probe
            later = 5  # probe
        keep()  # probe
        class seen:  # probe
            level = 3  # probe
        for epoch in range(3):
            total = 0
            for k in range(2):  # skip
                total += k
            print(math.sqrt(total), seen.level, later)  # probe
            print(work(epoch), outer(), other())
    """,
}
TORCH_PROGRAMS: dict[str, str] = {
    "one variable for the items of three loops": """
        import torch
        torch.manual_seed(3)
        model = torch.nn.Linear(3, 1)
        for parameter in list(model.parameters()):
            print("outer", parameter.shape)
            print(parameter)  # probe
            for parameter in list(model.parameters())[:2]:
                print("inner", parameter.shape)
                print(parameter)  # probe
            for parameter in list(model.parameters())[:1]:  # skip
                print("last", parameter.shape)
    """,
    "a variable for one layer after the other": """
        import torch
        torch.manual_seed(3)
        layers = [torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)]
        model = torch.nn.Sequential(*layers)
        for layer in model:
            print(layer.bias.sum().item())
            print(layer)  # probe
            for layer in layers[::-1]:  # skip
                layer.bias.data += 1
            print(layer is layers[0], [one.bias.sum().item() for one in model])
    """,
    "hooks on what a skipped loop replaces": """
        import torch
        weight = torch.ones(2, requires_grad=True)
        for epoch in range(3):
            for k in range(2):  # skip
                weight = torch.full((2,), float(k), requires_grad=True)
            weight.sum().backward()
            print(weight.grad)
            weight.register_hook(lambda grad: grad * 0.5)
            print(epoch)  # probe
    """,
    "hooks for accumulated gradients": """
        import torch
        weight, seen = torch.ones(2, requires_grad=True), []
        for epoch in range(4):
            for k in range(2):  # skip
                handle = weight.register_post_accumulate_grad_hook(lambda one: seen.append(one.grad.sum().item()))
                if epoch == 2:
                    weight = torch.ones(2, requires_grad=True)
            weight.sum().backward()
            handle.remove()
            print(seen)
            print(epoch)  # probe
    """,
    "hooks that are registered in skipped loops": """
        import torch
        weight = torch.ones(2, requires_grad=True)
        for epoch in range(3):
            for k in range(2):  # skip
                weight.register_hook(lambda grad: grad * 0.5)
            weight.register_hook(lambda grad: grad * 3)
            weight.sum().backward()
            print(weight.grad)
            print(epoch)  # probe
    """,
}


def check(source: str) -> None:
    source = textwrap.dedent(source).strip() + "\n"
    lines = source.splitlines(keepends=True)
    unedited = "".join(line for line in lines if not line.endswith("# probe\n"))
    recorded = record(unedited)
    assert recorded.text == plain(unedited)
    expected = plain(source)
    for until in (None, len(recorded.core.taken) // 2):
        replayed = replay(unedited, recorded, Plan(restore_until=until, restores_slow_ones=True), edited=source)
        assert replayed.text == expected
        assert replayed.session.divergences == []
        for number, line in enumerate(unedited.splitlines(), 1):
            if until is None and line.endswith("# skip"):
                assert replayed.restored[number] > 0, (line, replayed.reasons[number])


@pytest.mark.parametrize("name", PROGRAMS)
def test_replay_prints_what_the_edited_program_prints(name: str) -> None:
    check(PROGRAMS[name])


@pytest.mark.parametrize("name", TORCH_PROGRAMS)
def test_replay_prints_what_the_edited_torch_program_prints(name: str) -> None:
    pytest.importorskip("torch")
    check(TORCH_PROGRAMS[name])
