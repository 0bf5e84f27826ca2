"""The objects that random programs work on, of Python itself: each name with the statement that makes it.

`$name` stands for the object wherever it lives: a global, a local variable, a cell or an attribute of `self`. Names in `HELPERS`
are defined where the program's text mentions them.
"""

from __future__ import annotations

OBJECTS: dict[str, str] = {
    "n": "$n = 0",
    "m": "$m = 5",
    "x": "$x = 0.5",
    "s": "$s = 's'",
    "maybe": "$maybe = 1",
    "xs": "$xs = [1, 2]",
    "ys": "$ys = $xs",
    "rows": "$rows = [[0], [1, 2]]",
    "table": "$table = {'a': 1}",
    "seen": "$seen = {1}",
    "queue": "$queue = collections.deque([1, 2], maxlen=5)",
    "counts": "$counts = collections.Counter()",
    "groups": "$groups = collections.defaultdict(list)",
    "ordered": "$ordered = collections.OrderedDict(a=1)",
    "raw": "$raw = bytearray(b'ab')",
    "pair": "$pair = ([], 0)",
    "node": "$node = Node(1)",
    "slotted": "$slotted = Slotted(1)",
    "point": "$point = Point(1, [2])",
    "stack": "$stack = Stack([1])",
    "space": "$space = types.SimpleNamespace(a=1)",
    "kept": "$kept = []",
    "mode": "$mode = Mode.TRAIN",
    "step": "$step = make_counter()",
    "it": "$it = iter(range(50))",
    "count": "$count = itertools.count()",
    "gen": "$gen = numbers(1)",
    "own": "$own = random.Random(3)",
    "bound": "$bound = functools.partial(add, 1)",
    "weak": "$weak = weakref.ref($node)",
    "error": "$error = None",
    "text": "$text = io.StringIO()",
    "path": "$path = fresh('written')",
    "log": "$log = open('held.txt', 'w')",
}

# What only some programs should have, for it makes every loop around it run again.
RARE = frozenset({"it", "count", "gen", "log", "error", "path"})

HELPERS: dict[str, str] = {
    "collections": "import collections",
    "contextlib": "import contextlib",
    "copy": "import copy",
    "dataclasses": "import dataclasses",
    "decimal": "import decimal",
    "enum": "import enum",
    "functools": "import functools",
    "io": "import io",
    "itertools": "import itertools",
    "json": "import json",
    "os": "import os",
    "random": "import random\nrandom.seed(1)",
    "types": "import types",
    "weakref": "import weakref",
    "np": "import numpy as np\nnp.random.seed(2)",
    "torch": "import torch\ntorch.manual_seed(3)",
    "Stop": "class Stop(Exception):\n    pass",
    "Node": """
class Node:
    made = 0
    def __init__(self, value, parent=None):
        self.value, self.parent, self.items = value, parent, []
    def grown(self, value):
        type(self).made += 1
        return Node(value, self if self.parent is None else self.parent)
""",
    "Slotted": """
class Slotted:
    __slots__ = ('a', 'b')
    def __init__(self, a):
        self.a = a
""",
    "Point": """
@dataclasses.dataclass
class Point:
    x: int
    items: list
""",
    "Stack": "class Stack(list):\n    label = 0",
    "Mode": "class Mode(enum.Enum):\n    TRAIN = 1\n    EVAL = 2",
    "Config": "class Config:\n    level = 0\n    history = []",
    "Around": """
class Around:
    def __init__(self, name, swallows=False):
        self.name, self.swallows = name, swallows
    def __enter__(self):
        print('enter', self.name)
        return self
    def __exit__(self, kind, error, trace):
        print('exit', self.name, error)
        return self.swallows and isinstance(error, Stop)
""",
    "make_counter": """
def make_counter():
    total, calls = 0, []
    def step(k):
        nonlocal total
        total += k
        calls.append(k)
        return total
    return step
""",
    "numbers": """
def numbers(start):
    for k in range(start, start + 40):
        yield k
""",
    "add": "def add(a, b):\n    return a + b",
    "remember": """
def remember(value, memory=[]):
    memory.append(value)
    del memory[:-4]
    return list(memory)
""",
    "cached": "@functools.lru_cache(maxsize=4)\ndef cached(k):\n    print('computed', k)\n    return k * k",
    "Net": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(3, 4)
        self.norm = torch.nn.BatchNorm1d(4)
        self.last = torch.nn.Linear(4, 1)
        self.register_buffer('calls', torch.zeros(()))
        self.trace = []
    def forward(self, x):
        self.calls += 1
        self.trace = self.trace[-2:] + [len(x)]
        return self.last(torch.nn.functional.dropout(torch.relu(self.norm(self.first(x))), 0.2, self.training))
""",
}
