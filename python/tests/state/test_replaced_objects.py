"""What is written in place is the object that was recorded there: not one that the program has put aside and still holds.

Loops and functions whose line ends in `# probe` are executed, those in `# run` have to be as well; those in `# skip` are skipped.
"""

from __future__ import annotations

import pytest

from .marked import check

PROGRAMS: dict[str, str] = {
    "an operand that waits for a call": """
        kept = []
        def step(i):  # run
            global kept
            kept = [*kept[-2:], i]
            return i * 10
        for i in range(4):  # probe
            kept.append(step(i))
            print(kept)
    """,
    "an operand that is changed and not replaced": """
        kept = []
        def step(i):  # skip
            kept.append(i)
            return i * 10
        for i in range(4):  # probe
            kept.append(step(i))
            print(kept)
    """,
    "an operand that the call leaves alone": """
        losses, seen = [], []
        def step(i):  # skip
            seen.append(i)
            return i * 10
        for i in range(4):  # probe
            losses.append(step(i))
            print(losses, seen)
    """,
    "an attribute as operand": """
        class Trainer:
            def __init__(self): self.losses = []
            def step(self, i):  # run
                self.losses = [one + 1 for one in self.losses]
                return i
        trainer = Trainer()
        for i in range(4):  # probe
            trainer.losses.append(trainer.step(i))
            trainer.losses.append(-i)
            print(trainer.losses)
    """,
    "the left side of an operator": """
        total = [0]
        def step(i):  # run
            global total
            total = total + [i]
            return [i * 10]
        for i in range(4):  # probe
            print(total + step(i), total)
    """,
    "a loop over a list that is replaced inside": """
        def grow(queue):  # probe
            for one in queue:  # probe
                for k in range(2):
                    queue = [*queue, one + k]
                print(one, queue)
        grow([1, 2, 3])
    """,
    "a loop over a list that grows inside": """
        def grow(queue):  # probe
            for one in queue:  # probe
                for k in range(2):  # skip
                    if len(queue) < 8: queue.append(one + k)
                print(one, queue)
        grow([1, 2, 3])
    """,
    "a guard that is replaced inside": """
        class Guard:
            def __init__(self, name): self.names = [name]
            def __enter__(self): return self
            def __exit__(self, *error): print("exit", self.names)
        guard = Guard("a")
        for i in range(3):  # probe
            with guard:
                for k in range(2):  # run
                    guard = Guard(f"{i} {k}")
                print(guard.names)
    """,
    "a caller further out holds it": """
        kept = []
        def inner(i):  # run
            global kept
            kept = [*kept, i]
        def outer(i):  # probe
            inner(i)
            return -i
        for i in range(3):  # probe
            kept.append(outer(i))
            print(kept)
    """,
    "what was replaced is held by nobody": """
        best = {"loss": 10}
        def step(i):  # skip
            global best
            best = {"loss": 10 - i, "epoch": i}
            return i
        for i in range(4):  # probe
            print(step(i), best)
    """,
    "iterators of other types at their end": """
        back, calls, data = reversed([1, 2]), iter(lambda: next(back, 0), 0), iter(bytearray(b"ab"))
        for i in range(3):  # probe
            for k in range(2):  # skip
                next(calls, None), next(data, None)
            print(list(back), type(back).__name__, type(calls).__name__, type(data).__name__)
    """,
}

TORCH_PROGRAMS: dict[str, str] = {
    "views of a tensor that is replaced": """
        import torch
        data = torch.arange(6.0)
        for part in data.split(2):  # probe
            for k in range(2):
                data = data * 2
            print(part.sum().item(), data.sum().item())
    """,
    "a tensor that waits for a call": """
        import torch
        state = torch.zeros(3)
        def step(i):  # run
            global state
            state = state + i
            return torch.full((3,), 10.0)
        for i in range(4):  # probe
            print((state + step(i)).tolist(), state.tolist())
    """,
    "the last loss waits for a call": """
        import torch
        weight = torch.ones(3, requires_grad=True)
        loss = (weight * 1.5).sum()
        def step(i):  # skip
            global loss
            loss = (weight * i).sum()
            loss.backward()
            return i
        for i in range(4):  # probe
            print((loss.detach() + step(i)).item(), loss.item())
    """,
    "a tensor that has no attributes takes the place of one that has": """
        import torch
        t = torch.arange(3.0)
        for epoch in range(3):  # probe
            for i in range(1):  # skip
                t.note = i
            for i in range(1):  # skip
                t = t + epoch
            print(t.tolist(), hasattr(t, "note"))
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_replaced(name: str) -> None:
    check(PROGRAMS[name])


@pytest.mark.parametrize("name", TORCH_PROGRAMS)
def test_replaced_tensors(name: str) -> None:
    pytest.importorskip("torch")
    check(TORCH_PROGRAMS[name])
