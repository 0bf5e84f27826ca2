"""Whole programs, recorded and replayed in this process: each prints what depends on the state after a skipped loop.

A program's skippable loops are those whose line ends in `# skip`; each execution of one must be restored, and what is printed
must be what the plain program prints. Loops marked `# run` must be executed again, for a reason.
"""

from __future__ import annotations

import pytest

from .marked import check_loops

# An inner loop inside an outer one that is kept running by its marker, so that restored state is executed on from.
PROGRAMS: dict[str, str] = {
    "numbers, lists and dicts": """
        history, table, total = [], {}, 0
        for epoch in range(4):  # probe
            for step in range(5):  # skip
                total += step * epoch
                table[step] = table.get(step, 0) + total
            history.append((epoch, step, total))
            print(epoch, step, total, table, history)
    """,
    "names first bound and deleted in the loop": """
        def work(n):
            gone = "here"
            for step in range(3):  # skip
                fresh = step * n
                if step == 0 and n == 0:
                    extra = 5
            return fresh, step, sorted(k for k in locals())
        for epoch in range(3):  # probe
            print(work(epoch))
    """,
    "one object by two names": """
        class Node: pass
        first = Node(); first.items = []; second = first
        other = {"node": first, "items": first.items}
        for epoch in range(3):  # probe
            for step in range(3):  # skip
                second.items.append(step)
                first.last = step
            print(first is second is other["node"], other["items"] is first.items, first.items, first.last)
    """,
    "new objects that hold old ones": """
        class Node:
            def __init__(self, parent): self.parent, self.children = parent, []
        root = Node(None)
        leaf = root
        for epoch in range(3):  # probe
            for step in range(2):  # skip
                child = Node(leaf); leaf.children.append(child); leaf = child
            depth, node = 0, leaf
            while node.parent is not None:
                node = node.parent; depth += 1
            print(depth, node is root, len(root.children))
    """,
    "closures with nonlocal": """
        def counter():
            count, seen = 0, []
            def step(x):
                nonlocal count
                count += x; seen.append(count)
                return count
            def total():
                return count, list(seen)
            return step, total
        step, total = counter()
        for epoch in range(3):  # probe
            for i in range(4):  # skip
                step(i)
            print(total(), step(0))
    """,
    "random generators of three kinds": """
        import random
        import numpy as np
        random.seed(1); np.random.seed(2)
        own, generator = random.Random(3), np.random.default_rng(4)
        for epoch in range(3):  # probe
            for i in range(4):  # skip
                random.random(); np.random.rand(); own.random(); generator.normal()
            print(random.random(), np.random.rand(), own.random(), generator.normal())
    """,
    "arrays and their views": """
        import numpy as np
        base = np.zeros((4, 5)); view = base[1:3, ::2]; flat = base.ravel()
        fields = np.zeros(2, dtype=[("a", "i4"), ("b", "f8")])
        for epoch in range(3):  # probe
            for i in range(3):  # skip
                view += i; flat[0] += 1; fields["b"][1] += 0.5
            print(base.sum(), view.sum(), flat[0], np.shares_memory(base, view), fields)
            view[0, 0] = 7; print(base[1, 0])
    """,
    "collections": """
        import collections
        window = collections.deque(maxlen=3); counts = collections.Counter(); groups = collections.defaultdict(list)
        ordered = collections.OrderedDict(); seen = set(); raw = bytearray()
        for epoch in range(3):  # probe
            for i in range(4):  # skip
                window.append(i); counts[i % 2] += 1; groups[i].append(epoch); ordered[i] = epoch
                ordered.move_to_end(0); seen.add((epoch, i)); raw += bytes([i])
            print(window, counts, dict(groups), list(ordered), sorted(seen), raw, groups["new"])
    """,
    "slots, dataclasses, named tuples, enums": """
        import dataclasses, enum, typing
        class Color(enum.Enum): RED = 1; BLUE = 2
        class Point(typing.NamedTuple):
            x: int; y: int
        class Slotted:
            __slots__ = ("a", "b")
        @dataclasses.dataclass
        class Config:
            rate: float = 0.1; tags: list = dataclasses.field(default_factory=list)
        slotted, config, point, color = Slotted(), Config(), Point(0, 0), Color.RED
        slotted.a = 0
        for epoch in range(3):  # probe
            for i in range(3):  # skip
                slotted.a += i; slotted.b = epoch; config.rate *= 0.5; config.tags.append(i)
                point = point._replace(x=point.x + 1); color = Color.BLUE if color is Color.RED else Color.RED
            print(slotted.a, slotted.b, config, point, color, color in Color, type(point) is Point)
    """,
    "class attributes, function attributes, defaults": """
        class Base:
            made = 0
            registry = []
        def remember(x, cache={}):
            cache[x] = len(cache); remember.calls = getattr(remember, "calls", 0) + 1
            return dict(cache)
        for epoch in range(3):  # probe
            for i in range(3):  # skip
                Base.made += 1; Base.registry.append(i); remember((epoch, i))
            print(Base.made, Base.registry, remember.calls, remember("x"))
    """,
    "return from inside the loop": """
        kept = {"a": [1]}
        def find(n):
            for i in range(100):  # skip
                kept["a"].append(i)
                if i == n:
                    return kept["a"]
        for epoch in range(3):  # probe
            found = find(epoch)
            print(found, found is kept["a"])
    """,
    "for-else and while-else": """
        def search(n):
            for i in range(4):  # skip
                if i == n:
                    break
            else:
                i = "none"
            while n > 0:  # skip
                n -= 2
            else:
                n = ("else", n)
            return i, n
        for epoch in range(6):  # probe
            print(search(epoch))
    """,
    "exceptions that leave a loop": """
        log = []
        def risky(n):
            for i in range(5):
                log.append(i)
                if i == n:
                    raise ValueError(n)
            return "fine"
        for epoch in (3, 9, 1):  # probe
            try:
                print(risky(epoch))
            except ValueError as error:
                print("caught", error, log)
            for i in range(3):  # skip
                log.append(-i)
            print(log)
    """,
    "recursion through a loop": """
        total = 0
        def walk(depth):
            global total
            for i in range(2):
                total += depth
                if depth < 3:
                    walk(depth + 1)
        for epoch in range(3):  # probe
            walk(0)
            print(total)
    """,
    "a running generator is executed again": """
        def numbers():
            n = 0
            while True:
                yield n
                n += 1
        source = numbers()
        for epoch in range(3):  # probe
            for i in range(3):  # run
                value = next(source)
            print(value)
    """,
    "iterators held by name": """
        data = iter(list(range(100)))
        for epoch in range(3):  # probe
            for i in range(5):
                value = next(data)
            print(value, next(data))
    """,
    "a file that took no part": """
        import tempfile
        log = tempfile.TemporaryFile("w+")
        log.write("start")
        total = 0
        for epoch in range(3):  # probe
            for i in range(3):  # skip
                total += i
            print(total, log.closed)
    """,
    "a file that was written is executed again": """
        import tempfile
        log = tempfile.TemporaryFile("w+")
        for epoch in range(3):  # probe
            for i in range(3):
                log.write(f"{epoch} {i};")
            log.seek(0)
            print(log.read())
            log.seek(0, 2)
    """,
    "weak references and cycles": """
        import weakref
        class Node: pass
        a = Node(); a.me = a; a.ref = weakref.ref(a)
        for epoch in range(3):  # probe
            for i in range(3):  # skip
                b = Node(); b.back = a; a.child = b; b.ref = weakref.ref(a)
            print(a.ref() is a, a.child.back is a, a.child.ref() is a, a.me is a)
    """,
    "a long linked list": """
        class Link:
            def __init__(self, after): self.after = after
        head = None
        for epoch in range(2):  # probe
            for i in range(5000):  # skip
                head = Link(head)
            count, link = 0, head
            while link is not None:
                link = link.after; count += 1
            print(count)
    """,
}

TORCH_PROGRAMS: dict[str, str] = {
    "a model, its optimizer and scheduler": """
        import torch
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.3), torch.nn.Linear(8, 1))
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
        scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=40)
        for epoch in range(4):  # probe
            for i in range(5):  # skip
                loss = model(torch.randn(6, 4)).pow(2).mean()
                optimizer.zero_grad(); loss.backward(); optimizer.step(); scheduler.step()
            print(loss.item(), loss, [repr(p.double().sum().item()) for p in model.parameters()], scheduler.get_last_lr())
    """,
    "tied weights and views of one storage": """
        import torch
        torch.manual_seed(0)
        a = torch.nn.Linear(4, 4, bias=False); b = torch.nn.Linear(4, 4, bias=False); b.weight = a.weight
        base = torch.zeros(10); left, right = base[:6], base[4:]
        optimizer = torch.optim.SGD(a.parameters(), lr=0.1)
        for epoch in range(3):  # probe
            for i in range(3):  # skip
                optimizer.zero_grad(); b(a(torch.randn(2, 4))).sum().backward(); optimizer.step(); left += 1; right += 2
            print(a.weight is b.weight, a.weight.sum().item(), base.sum().item(), left.sum().item())
            left[5] = 100; print(right[1].item(), base[5].item())
    """,
    "gradients that outlive the loop": """
        import torch
        torch.manual_seed(0)
        weight = torch.nn.Parameter(torch.randn(3))
        for epoch in range(3):  # probe
            for i in range(3):  # skip
                (weight * torch.randn(3)).sum().backward()
            print(weight.grad.tolist())
            with torch.no_grad():
                weight -= 0.1 * weight.grad
            if epoch == 1:
                weight.grad = None
    """,
    "a module that grows and a tensor that is replaced": """
        import torch
        torch.manual_seed(0)
        model = torch.nn.Module(); model.layers = torch.nn.ModuleList(); buffer = torch.zeros(2)
        for epoch in range(3):  # probe
            for i in range(2):  # skip
                model.layers.append(torch.nn.Linear(2, 2)); buffer = torch.cat([buffer, torch.rand(1)])
            print(len(model.layers), buffer.tolist(), sum(p.sum().item() for p in model.parameters()))
    """,
    "parts of an order that is drawn anew": """
        import torch
        torch.manual_seed(0)
        total = 0
        for epoch in range(4):  # probe
            order = torch.randperm(40)
            for part in order.split(16):  # skip
                total += int(part[0]) * len(part)
            print(total, part.tolist(), part._base is order)
            order[-1] = 5
            print(part.tolist())
    """,
    "sets of parameters and hooks": """
        import torch
        torch.manual_seed(0)
        layer = torch.nn.Linear(2, 2); seen = []; frozen = {layer.bias}
        layer.register_forward_hook(lambda module, inputs, output: seen.append(output.sum().item()))
        for epoch in range(3):  # probe
            for i in range(2):  # skip
                layer(torch.rand(1, 2)); frozen.add(layer.weight)
            layer(torch.ones(1, 2))
            print(seen, layer.weight in frozen, len(frozen))
    """,
    "data loaders": """
        import torch
        torch.manual_seed(0)
        data = torch.utils.data.TensorDataset(torch.arange(12.0))
        loader = torch.utils.data.DataLoader(data, batch_size=4, shuffle=True, generator=torch.Generator().manual_seed(3))
        total = 0.0
        for epoch in range(3):  # probe
            for (batch,) in loader:  # skip
                total += (batch * torch.rand(1)).sum().item()
            print(total, batch.tolist(), next(iter(loader))[0].tolist())
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_replay_prints_what_a_run_prints(name: str) -> None:
    check_loops(PROGRAMS[name])


@pytest.mark.parametrize("name", TORCH_PROGRAMS)
def test_replay_of_torch_programs_prints_what_a_run_prints(name: str) -> None:
    pytest.importorskip("torch")
    check_loops(TORCH_PROGRAMS[name])
