"""Calls of project functions are skipped and restored like loops, their value included.

A program's functions whose first line ends in `# skip` must have been skipped at each call, those with `# run` at none; loops whose
line ends in `# probe` are executed.
"""

from __future__ import annotations

import textwrap

import pytest

from flor.runtime.replaying import Plan

from ..simulation import plain, record, replay
from .marked import check

pytestmark = pytest.mark.usefixtures("counting")

PROGRAMS: dict[str, str] = {
    "full-batch training": """
        weights = [0.0] * 4
        def train(epoch):  # skip
            loss = 0.0
            weights[:] = [w + 0.1 * (epoch - w) for w in weights]
            return sum((w - 3) ** 2 for w in weights)
        losses = []
        for epoch in range(5):  # probe
            losses.append(train(epoch))
            print(epoch, losses, weights)
    """,
    "a value that is one of the live objects": """
        class Node: pass
        table = {"a": Node(), "b": Node()}
        for one in table.values(): one.seen = []
        def pick(name, i):  # skip
            table[name].seen.append(i)
            return table[name]
        for i in range(4):  # probe
            found = pick("ab"[i % 2], i)
            print(found is table["ab"[i % 2]], found.seen)
    """,
    "a new value made of old objects": """
        shared = [1]
        def pair(i):  # skip
            shared.append(i)
            return {"shared": shared, "own": [i]}
        kept = []
        for i in range(3):  # probe
            kept.append(pair(i))
            kept[-1]["shared"].append(-i)
            print(kept, all(one["shared"] is shared for one in kept))
    """,
    "no value at all": """
        seen = []
        def note(i):  # skip
            seen.append(i)
        for i in range(3):  # probe
            print(note(i), seen)
    """,
    "return through with and finally": """
        log = []
        class Block:
            def __enter__(self): return self
            def __exit__(self, *error): log.append("exit")
        def inside(i):  # skip
            with Block():
                for k in range(3):
                    if k == i: return k * 10
        def at_last(i):  # skip
            try:
                return len(log)
            finally:
                log.append(i)
        for i in range(4):  # probe
            print(inside(i), at_last(i), log)
    """,
    "variables of the function around": """
        def outer():  # probe
            total, gone = 0, "here"
            def inner(i):  # skip
                nonlocal total
                total += i
                return total
            for i in range(4):  # probe
                print(inner(i), total)
            return total
        print(outer())
    """,
    "a closure that nothing names": """
        def maker():  # probe
            count = 0
            def one():  # probe
                def step():  # skip
                    nonlocal count
                    count += 1
                    return count
                return step
            for i in range(3):  # probe
                print(one()(), count)
            print(count)
        maker()
    """,
    "arguments that only the caller's machinery refers to": """
        class State:
            def __init__(self): self.n = 0
        def step(state):  # skip
            state.n += 1
            return state.n
        def keep(box):  # skip
            box.append(len(box))
            return len(box)
        for i in range(2):  # probe
            print(list(map(step, [State()] * 3)), list(map(keep, [[]] * 3)))
    """,
    "packed arguments": """
        class State: n = 0
        def step(first, *rest, key=None, **more):  # skip
            for one in (first, *rest, key, *more.values()): one.n += 1
            return sum(one.n for one in rest)
        states = [State() for _ in range(5)]
        for i in range(3):  # probe
            print(step(states[0], states[1], *[states[2]], key=states[3], other=states[4]), [s.n for s in states])
    """,
    "methods, class methods, static methods, properties": """
        class Trainer:
            count = 0
            def __init__(self, rate): self.rate, self.history = rate, []
            def epoch(self, i):  # skip
                self.history.append(i * self.rate)
                return self
            @classmethod
            def made(cls):  # skip
                cls.count += 1
                return cls.count
            @staticmethod
            def double(x):  # skip
                return 2 * x
            @property
            def last(self):  # skip
                self.history.append("looked")
                return self.history[-2]
        trainer = Trainer(0.5)
        for i in range(3):  # probe
            print(trainer.epoch(i) is trainer, Trainer.made(), Trainer.double(i), trainer.last, trainer.history)
    """,
    "constructors": """
        made = []
        class Data:
            def __init__(self, n):
                self.items = list(range(n)); made.append(self)
        class More(Data):
            def __init__(self, n):  # skip
                super().__init__(n); self.n = n
        for i in range(3):  # probe
            data = More(i)
            print(data.items, data.n, made[-1] is data, len(made))
    """,
    "recursion": """
        calls = []
        def tree(n):  # skip
            calls.append(n)
            return 1 if n < 2 else tree(n - 1) + tree(n - 2)
        for i in range(5):  # probe
            print(tree(i), calls)
    """,
    "a call that ends by an exception": """
        tried = []
        def fails(i):
            tried.append(i)
            if i % 2: raise ValueError(i)
            return i
        for i in range(4):  # probe
            try: print(fails(i))
            except ValueError as error: print("failed", error)
            print(tried)
    """,
    "names deleted and bound by a call": """
        def work(i):  # skip
            global fresh
            if i: del fresh
            if i < 3: fresh = i
        for i in range(3):  # probe
            work(i)
            print("fresh" in globals(), fresh)
    """,
    "decorated and wrapped": """
        import functools
        def counted(function):
            @functools.wraps(function)
            def wrapper(*arguments):  # probe
                wrapper.calls += 1
                return function(*arguments)
            wrapper.calls = 0
            return wrapper
        @counted
        def work(i):  # skip
            return i + work.calls
        for i in range(3):  # probe
            print(work(i), work.calls)
    """,
    "default arguments that remember": """
        def work(i, seen=[]):  # skip
            seen.append(i)
            return list(seen)
        for i in range(3):  # probe
            print(work(i))
    """,
    "a key function and a comparison in the middle of a sort": """
        asked = []
        def key(x):
            asked.append(x)
            return -x
        class Card:
            def __init__(self, n): self.n = n
            def __lt__(self, other):
                asked.append((self.n, other.n))
                return self.n < other.n
        items = [3, 1, 2]
        for i in range(2):  # probe
            items.sort(key=key)
            print(items, [card.n for card in sorted([Card(2), Card(1)])], asked)
    """,
}

TORCH_PROGRAMS: dict[str, str] = {
    "a training of one call an epoch": """
        import torch
        torch.manual_seed(0)
        x, y = torch.randn(16, 3), torch.randn(16, 1)
        model = torch.nn.Linear(3, 1)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
        def train(epoch):  # skip
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).mean()
            loss.backward()
            optimizer.step()
            return loss.item()
        def predict():  # skip
            with torch.no_grad():
                return model(x)
        for epoch in range(4):  # probe
            print(epoch, train(epoch), predict().sum().item(), model.weight.sum().item(), torch.rand(1).item())
    """,
    "a loss with its history is not kept": """
        import torch
        torch.manual_seed(0)
        weight = torch.randn(3, requires_grad=True)
        def loss_of(x):  # run
            return (weight * x).sum() ** 2
        def both(x):  # run
            return [loss_of(x), {}]
        for i in range(3):  # probe
            loss = both(torch.randn(3))[0] + loss_of(torch.randn(3))
            loss.backward()
            with torch.no_grad(): weight -= 0.01 * weight.grad
            weight.grad = None
            print(loss.item(), weight.tolist())
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_calls_are_skipped_and_everything_is_as_if_they_had_run(name: str) -> None:
    check(PROGRAMS[name])


@pytest.mark.parametrize("name", TORCH_PROGRAMS)
def test_so_are_those_of_pytorch(name: str) -> None:
    pytest.importorskip("torch")
    check(TORCH_PROGRAMS[name])


def test_a_probe_in_a_function_makes_its_calls_run_and_those_of_its_callers() -> None:
    source = textwrap.dedent("""
        seen = []
        def inner(i):
            seen.append(i)
            return i
        def outer(i):
            return inner(i) + 1
        def other(i):
            return -i
        for i in range(3):
            print(outer(i), other(i))
    """)
    edited = source.replace("    return i\n", '    print("hindsight", i)\n    return i\n')
    recorded = record(source)
    replayed = replay(source, recorded, Plan(restores_slow_ones=True), edited=edited)
    assert replayed.text == plain(edited)
    assert replayed.session.divergences == []
    lines = {line: n for n, line in enumerate(source.splitlines(), 1)}
    assert replayed.restored[lines["def inner(i):"]] == replayed.restored[lines["def outer(i):"]] == 0
    assert replayed.restored[lines["def other(i):"]] == 3


def test_what_is_not_kept_alive_by_the_program_is_not_kept_alive_by_the_recording() -> None:
    source = textwrap.dedent("""
        class Big:
            def __del__(self): print("gone")
        def work(big):
            big = None
            print("worked")
            return 1
        print(work(Big()))
    """)
    assert record(source).text == plain(source) == "gone\nworked\n1\n"
