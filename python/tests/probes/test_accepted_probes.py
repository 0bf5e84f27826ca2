# ruff: noqa: E501 - a case of a table is one line
"""Edits that only compute and log: none of them is refused, and each is found where it is."""

from __future__ import annotations

import ast

import pytest
from before_after import compare, reasons, spell

TRAINING = """
import torch
from data import load

def train(model, loader):
    total = 0
    for x, y in loader:
        if x is None: continue
        try:
            loss = model(x, y)
        except ValueError:
            raise
        finally:
            model.done()
        total += loss
    else:
        model.full()
    return total

class Trainer:
    rate = 0.1

    def fit(self):
        while self.go:
            with self.lock:
                self.step()

if __name__ == "__main__":
    train(1, load())
"""

# What is put in, and before which line of the program above.
INSERTED = [
    ("print(loss)", "        except ValueError"),
    ("print(loss.item(), f'{x!r}')", "        total += loss"),
    ("print(total)", "    else:"),
    ("print(total)", "        model.full()"),
    ("print(total)", "    return total"),
    ("print('raised')", "            raise"),
    ("print('done')", "            model.done()"),
    ("import math", "import torch"),
    ("import torch", "def train"),
    ("from data import load", "def train"),
    ("import numpy as np, os.path", "def train"),
    ("norm = sum(p.norm() for p in model.parameters())", "        total += loss"),
    ("norm: float = loss.norm()", "        total += loss"),
    ("norm = 0; norm += 1; del norm", "        total += loss"),
    ("first, *rest = [1, 2]", "        total += loss"),
    ("if (norm := loss.norm()) > 1: print(norm)", "        total += loss"),
    ("stats = {}; stats['x'] = loss; stats.y = 1", "        total += loss"),
    ("for name, p in model.named(): print(name, p)", "        total += loss"),
    ("while False: break", "        total += loss"),
    ("for k in range(3):\n    if k: continue\n    print(k)\nelse:\n    print('end')", "        total += loss"),
    ("with torch.no_grad() as g:\n    print(g)", "        total += loss"),
    (
        "try:\n    print(1)\nexcept OSError as e:\n    print(e)\nelse:\n    pass\nfinally:\n    print(2)",
        "    return total",
    ),
    (
        "match total:\n    case [a, *b]: print(a)\n    case {'k': c, **d} as e: print(c)\n    case _: pass",
        "    return total",
    ),
    ("assert total >= 0, 'negative'", "    return total"),
    ("def norm(m):\n    global counted\n    for p in m: yield p\n    return 3", "def train"),
    ("def norm(m=[1]):\n    return m", "    return total"),
    ("@staticmethod\ndef norm():\n    raise ValueError", "    return total"),
    ("class Watch:\n    x = 1\n    def see(self): self.x = 2", "class Trainer"),
    ("def watch(self):\n    return self.rate", "    def fit"),
    ("see = lambda q: (yield q)", "        total += loss"),
    ("print([q for q in range(3)])", "        total += loss"),
    ("...", "        total += loss"),
    ("print(self.go)", "                self.step()"),
    ("print(self.go)", "            with self.lock"),
    ("print(1)", "    train(1, load())"),
    # The names of a function are no names of the module's, nor of another function's.
    ("total = 3", "if __name__"),
    ("loss = 3", "                self.step()"),
]


def insert(program: str, probe: str, before: str) -> tuple[str, int]:
    """The program with a probe before a line, in the indentation of that line's block; and the probe's line."""
    lines = program.split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(before))
    # Before the end of a block stands its last statement: the probe joins whichever is the deeper one.
    indents = [len(line) - len(line.lstrip()) for line in lines[at - 1 : at + 1] if line.strip()]
    closes = before.strip().startswith(("else", "except"))
    indent = " " * (max(indents) if closes else indents[-1])
    lines[at:at] = [indent + line for line in probe.split("\n")]
    return "\n".join(lines), at + 1


@pytest.mark.parametrize(("probe", "before"), INSERTED)
def test_inserted_statements_are_probes(probe: str, before: str) -> None:
    program, line = insert(TRAINING, probe, before)
    alignment = compare(TRAINING, program)
    assert [refusal.describe() for refusal in alignment.refusals] == []
    expected = [ast.unparse(statement) for statement in ast.parse(probe).body]
    assert [ast.unparse(found.statement) for found in alignment.added] == expected
    first = alignment.added[0].statement
    assert alignment.added[0].line == line + len(getattr(first, "decorator_list", []))


PAIRS = [
    ("pass gives way", "def f():\n    pass", "def f():\n    print(1)", 1),
    ("pass stays", "def f():\n    pass", "def f():\n    pass\n    print(1)", 1),
    ("one-line suite", "if x: y()", "if x:\n    y()\n    print(y)", 1),
    ("several in a line", "a(); b()", "a()\nprint()\nb()", 1),
    ("comments and formatting", "f(a,b)  # why\n", "\n\n# other\nf(\n    a,\n    b,\n)", 0),
    ("quotes", "x = 'a' 'b'", 'x = "ab"', 0),
    ("equal before", "f()\ng()", "f()\nf()\ng()", 1),
    ("equal after", "f()\ng()", "f()\ng()\ng()", 1),
    ("loop with the same header before", "for i in r:\n    f(i)", "for i in r:\n    print(i)\nfor i in r:\n    f(i)", None),
    ("new else", "for i in r:\n    f(i)", "for i in r:\n    f(i)\nelse:\n    print(i)", 1),
    ("new branch", "if a:\n    f()", "if a:\n    f()\nelif print(a):\n    print()\nelse:\n    print()", 1),
    ("new finally", "try:\n    f()\nexcept E:\n    g()", "try:\n    f()\nexcept E:\n    g()\nfinally:\n    print()", 1),
    ("match", "match a:\n    case 1:\n        f()", "match a:\n    case 1:\n        print()\n        f()", 1),
    ("string in the middle", "f()\ng()", "f()\n'''here'''\ng()", 1),
    ("nested function reads its own", "def f(x):\n    def g(n):\n        return n", "def f(x):\n    n = 1\n    def g(n):\n        return n", 1),
    ("below a docstring", "def f():\n    'doc'\n    g()", "def f():\n    'doc'\n    print()\n    g()", 1),
    ("an imported name again", "def f():\n    import m\n    m.g()", "def f():\n    import m\n    import m\n    m.g()", 1),
    ("submodule of what is imported", "import m\nm.f()", "import m\nimport m.n\nm.f()", 1),
    ("async function", "async def f():\n    await g()", "async def f():\n    print()\n    await g()", 1),
    ("a name that other functions have", "def f():\n    t = 1\n    return t\nt()", "def f():\n    t = 1\n    return t\nt()\nu = 2", 1),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "count"), [pair[1:] for pair in PAIRS], ids=[pair[0] for pair in PAIRS])
def test_pairs(old: str, new: str, count: int | None) -> None:
    alignment = compare(old, new)
    if count is None:
        # The probe loop reuses `i`: which of the two loops is the recorded one shows in the refusal's line.
        assert [(refusal.new_line, refusal.old_line) for refusal in alignment.refusals] == [(1, None)]
        return
    assert [refusal.describe() for refusal in alignment.refusals] == []
    assert len(alignment.added) == count


def test_of_blocks_with_the_same_header_the_one_that_holds_what_was_recorded_is_the_recorded_one() -> None:
    block = "if a:\n    f()\n    print(0)\n    g()\n"
    probe = "if a:\n    print(1)\n    print(2)\n    print(3)\n    print(4)\n"
    for new, lines in [(probe + block, [1, 8]), (block + probe, [3, 5]), (probe + block + probe, [1, 8, 10])]:
        alignment = compare("if a:\n    f()\n    g()\n", new)
        assert alignment.refusals == []
        assert [found.line for found in alignment.added] == lines


def test_a_probe_knows_the_recorded_loops_and_functions_around_it() -> None:
    old = "for a in b:\n    def f():\n        while c:\n            g()"
    new = "print()\nfor a in b:\n    def f():\n        print(1)\n        while c:\n            g()\n            print(2)\n    print(3)"
    alignment = compare(old, new)
    around = [(spell(list(probe.loops)), getattr(probe.function, "name", None)) for probe in alignment.added]
    assert around == [
        ([], None),
        (["for a in b:"], "f"),
        (["while c:", "for a in b:"], "f"),
        (["for a in b:"], None),
    ]


def test_an_else_that_is_new_belongs_to_its_loop() -> None:
    assert compare("for a in b:\n    f()", "for a in b:\n    f()\nelse:\n    print()").added[0].loops
    recorded = "for a in b:\n    f()\nelse:\n    g()"
    assert not compare(recorded, recorded + "\n    print()").added[0].loops


GENERATORS = [
    ("def f():\n    {0}\n    yield 1", False),
    ("def f():\n    yield 1\n    {0}", True),
    ("def f():\n    for a in b:\n        {0}\n        yield a", False),
    ("def f():\n    for a in b:\n        yield a\n        {0}", True),
    ("def f():\n    for a in b:\n        yield a\n        for c in a:\n            {0}", True),
    ("def f():\n    yield 0\n    for a in b:\n        {0}", True),
    ("def f():\n    yield 0\n    for a in b:\n        {0}\n        yield a", False),
    ("def f():\n    try:\n        yield 0\n    finally:\n        {0}\n        g()", True),
    ("def f():\n    if a:\n        yield 0\n    else:\n        {0}\n        g()", False),
    ("def f():\n    g(lambda: (yield))\n    {0}", False),
    ("async def f():\n    {0}\n    g()", True),
    ("def f():\n    async def g():\n        await h()\n    {0}", False),
]


@pytest.mark.parametrize(("text", "lazy"), GENERATORS)
def test_a_probe_behind_a_yield_may_run_under_any_loop(text: str, lazy: bool) -> None:
    probe = compare(text.format("pass"), text.format("print()"))
    assert probe.refusals == []
    assert [p.lazy for p in probe.added] == [lazy]


def test_lines_lead_there_and_back() -> None:
    old = "@d\n@e\ndef f(\n    a=lambda: 1,\n):\n    return (a,\n        lambda: 2)"
    alignment = compare(old, "import m\n\n" + old.replace("    return", "    print()\n\n    return"))
    assert [alignment.new_line(line) for line in range(1, 8)] == [3, 4, 5, 6, None, 10, 11]
    assert [alignment.old_line(line) for line in range(1, 12)] == [None, None, 1, 2, 3, 4, None, None, None, 6, 7]


def test_loops_functions_and_comprehensions_of_the_new_text_lead_to_the_recorded_ones() -> None:
    old = "class A:\n    def f(self):\n        return [x for x in (lambda: {y: 1 for y in self})()]\nf = lambda: 0"
    new = old.replace("        return", "        g = lambda: 1\n        for q in []: print([q for q in q])\n        return")
    alignment = compare(old, new)
    assert alignment.refusals == []
    kinds = (ast.ClassDef, ast.FunctionDef, ast.Lambda, ast.ListComp, ast.DictComp)
    paired = [(type(k), ast.unparse(v)) for k, v in alignment.pairs.items() if isinstance(k, kinds)]
    every = [(type(node), ast.unparse(node)) for node in ast.walk(ast.parse(old)) if isinstance(node, kinds)]
    assert sorted(paired, key=str) == sorted(every, key=str)


@pytest.mark.parametrize(
    ("probe", "reason"),
    [
        ("opt.step()", "advances"),
        ("loss.backward()", "gradients"),
        ("torch.manual_seed(1)", "random state"),
        ("print(torch.rand(3))", "random state"),
        ("history.append(loss)", "changes `history`"),
        ("loss.add_(1)", "changes `loss`"),
        ("model.eval()", "changes `model`"),
        ("print(next(batches))", "iterator"),
    ],
)
def test_calls_that_disturb_the_program_are_reported(probe: str, reason: str) -> None:
    program = "import torch\nuse(opt, loss, history, model, batches)"
    alignment = compare(program, f"{program}\n{probe}")
    assert alignment.refusals == []
    assert [(caution.line, reason in caution.reason) for caution in alignment.warnings] == [(3, True)]


def test_what_a_probe_does_to_its_own_objects_is_its_own_affair() -> None:
    assert compare("f(x)", "f(x)\nseen = []\nseen.append(x)").warnings == []


def test_a_program_that_looks_at_its_own_names_sees_new_ones() -> None:
    alignment = compare("print(globals())", "extra = 1\nprint(globals())")
    assert [caution.text for caution in alignment.warnings] == ["`extra`"]


def test_an_unchanged_file_has_no_probes() -> None:
    assert reasons(TRAINING, TRAINING) == [] and compare(TRAINING, TRAINING).probes == []
