# ruff: noqa: E501 - a case of a table is one line
"""Edits that change the program: each is refused, once, for a reason that names it."""

from __future__ import annotations

import pytest
from before_after import compare

CHANGES = [
    ("constant", "x = 1", "x = 2", "the statement was changed"),
    ("type of a constant", "x = 1", "x = 1.0", "the statement was changed"),
    ("sign of zero", "x = 0.0", "x = -0.0", "the statement was changed"),
    ("bool for a number", "f(1)", "f(True)", "the statement was changed"),
    ("call", "f(x)", "f(y)", "the statement was changed"),
    ("operator", "x += 1", "x -= 1", "the statement was changed"),
    ("form of an assignment", "x += 1", "x = x + 1", "the statement was changed"),
    ("removed", "f()\ng()", "g()", "a recorded statement was removed"),
    ("removed, with a probe in its place", "x = 1\ng()", "print()\ng()", "a recorded statement was removed"),
    ("removed from the end", "f()\ng()", "f()", "a recorded statement was removed"),
    ("everything removed", "f()", "", "a recorded statement was removed"),
    ("commented out for pass", "for i in r:\n    f(i)", "for i in r:\n    pass", "a recorded statement was removed"),
    ("reordered", "f()\ng()", "g()\nf()", "the statement was moved here from line 2"),
    ("moved into an if", "f()\ng()", "if x:\n    f()\ng()", "moved into the added `if` of line 1"),
    ("moved into a with", "f()\ng()", "with x:\n    f()\n    g()", "moved into the added `with` of line 1"),
    ("moved into a try", "f()", "try:\n    f()\nexcept E: pass", "moved into the added `try` of line 1"),
    ("moved out of a loop", "for i in r:\n    f()\n    g()", "for i in r:\n    f()\ng()", "moved here from line 3"),
    ("moved to another branch", "if a:\n    f()\n    g()", "if a:\n    f()\nelse:\n    g()", "moved here from line 3"),
    ("bound of a loop", "for i in range(3):\n    f(i)", "for i in range(4):\n    f(i)", "what the loop goes over was"),
    ("variable of a loop", "for i in r:\n    f(i)", "for j in r:\n    f(i)", "the loop's variable was changed"),
    ("condition of a loop", "while a:\n    f()", "while b:\n    f()", "the loop's condition was changed"),
    ("condition", "if a:\n    f()", "if b:\n    f()", "the condition was changed"),
    ("condition of elif", "if a:\n    f()\nelif b:\n    g()", "if a:\n    f()\nelif c:\n    g()", "the condition was changed"),
    ("context", "with a:\n    f()", "with b:\n    f()", "the `with` statement's header was changed"),
    ("handler", "try:\n    f()\nexcept A:\n    g()", "try:\n    f()\nexcept B:\n    g()", "what the `try` statement catches"),
    ("new handler", "try:\n    f()\nexcept A:\n    g()", "try:\n    f()\nexcept A:\n    g()\nexcept B:\n    g()", "what the `try`"),
    ("pattern", "match a:\n    case 1: f()", "match a:\n    case 2: f()", "the `match` statement's subject or patterns"),
    ("default", "def f(a=1):\n    g(a)", "def f(a=2):\n    g(a)", "the signature was changed"),
    ("parameter", "def f(a):\n    g(a)", "def f(a, b=0):\n    g(a)", "the signature was changed"),
    ("returned type", "def f() -> int:\n    g()", "def f() -> str:\n    g()", "the signature was changed"),
    ("decorator", "def f():\n    g()", "@d\ndef f():\n    g()", "a decorator was changed"),
    ("name of a function", "def f():\n    g()", "def h():\n    g()", "the function's name was changed"),
    ("async", "def f():\n    g()", "async def f():\n    g()", "the statement was changed"),
    ("base", "class A:\n    x = 1", "class A(B):\n    x = 1", "a base of the class was changed"),
    ("docstring", "def f():\n    'a'\n    g()", "def f():\n    'b'\n    g()", "the docstring was changed"),
    ("docstring of the module", "'a'\nf()", "'b'\nf()", "the docstring was changed"),
    ("new docstring", "def f():\n    g()", "def f():\n    'b'\n    g()", "the added string becomes a docstring"),
    ("docstring for pass", "def f():\n    pass", "def f():\n    'b'", "the added string becomes a docstring"),
    ("docstring above another", "'a'\nf()", "'b'\n'a'\nf()", "the added string becomes a docstring"),
    ("docstring displaced", "def f():\n    'a'\n    g()", "def f():\n    h()\n    'a'\n    g()", "stands before the docstring"),
    ("inner statement", "for i in r:\n    if i:\n        f(i)", "for i in r:\n    if i:\n        f(0)", "the statement was changed"),
    ("return", "def f():\n    return 1", "def f():\n    return 2", "the statement was changed"),
    ("import", "import a\na.f()", "import a as b\na.f()", "the statement was changed"),
]  # fmt: skip

NO_PROBES = [
    ("return", "def f():\n    g()", "def f():\n    return\n    g()", "returns from the recorded function"),
    ("raise", "f()", "f()\nraise E", "raises an exception"),
    ("raise below", "f()", "f()\nif x:\n    raise E", "raises an exception"),
    ("yield", "def f():\n    g()", "def f():\n    g()\n    print((yield))", "suspends"),
    ("await", "async def f():\n    g()", "async def f():\n    g()\n    await h()", "suspends"),
    ("async with", "async def f():\n    g()", "async def f():\n    async with h: pass\n    g()", "suspends"),
    ("async comprehension", "async def f():\n    g()", "async def f():\n    g()\n    print([i async for i in h])", "suspends"),
    ("global", "def f():\n    g()", "def f():\n    global a\n    g()", "declares a name global"),
    ("break", "for i in r:\n    f(i)", "for i in r:\n    f(i)\n    break", "leaves an iteration of a recorded loop"),
    ("continue", "for i in r:\n    f(i)", "for i in r:\n    if i: continue\n    f(i)", "leaves an iteration of a recorded"),
    ("break in an else", "for i in r:\n    f(i)", "for i in r:\n    f(i)\n    for j in i: pass\n    else: break", "leaves an iter"),
    ("rebinding", "lr = 1\nf(lr)", "lr = 1\nlr = 2\nf(lr)", "binds `lr`, which the recorded program uses"),
    ("rebinding by +=", "lr = 1\nf(lr)", "lr = 1\nlr += 2\nf(lr)", "binds `lr`"),
    ("rebinding by a loop", "for i in r: f(i)", "for i in r: f(i)\nfor i in s: print(i)", "binds `i`"),
    ("rebinding by :=", "lr = 1\nf(lr)", "lr = 1\nprint(lr := 2)\nf(lr)", "binds `lr`"),
    ("rebinding in a comprehension", "lr = 1\nf(lr)", "lr = 1\nprint([lr := q for q in r])\nf(lr)", "binds `lr`"),
    ("rebinding by with", "f(g)", "with a as g: pass\nf(g)", "binds `g`"),
    ("rebinding by except", "f(g)", "try: pass\nexcept E as g: pass\nf(g)", "binds `g`"),
    ("rebinding by import", "f(g)", "import g\nf(g)", "binds `g`"),
    ("rebinding by from", "f(g)", "from a import b as g\nf(g)", "binds `g`"),
    ("rebinding by def", "f(g)", "def g(): pass\nf(g)", "binds `g`"),
    ("rebinding by class", "f(g)", "class g: pass\nf(g)", "binds `g`"),
    ("rebinding by a pattern", "f(g)", "match a:\n    case [g]: pass\nf(g)", "binds `g`"),
    ("rebinding by a rest", "f(g)", "match a:\n    case {**g}: pass\nf(g)", "binds `g`"),
    ("rebinding of a part", "f(g)", "a, *g = h\nf(g)", "binds `g`"),
    ("del", "lr = 1\nf(lr)", "lr = 1\nf(lr)\ndel lr", "binds `lr`"),
    ("annotation alone", "def f():\n    g(a)", "def f():\n    a: int\n    g(a)", "makes `a` local"),
    ("a builtin of a function", "def f(x):\n    return len(x)", "len = 3\ndef f(x):\n    return len(x)", "binds `len`"),
    ("a builtin of a method", "class A:\n    def f(x):\n        return len(x)", "len = 3\nclass A:\n    def f(x):\n        return len(x)", "binds `len`"),
    ("a builtin of a comprehension", "[len(x) for x in r]", "len = 3\n[len(x) for x in r]", "binds `len`"),
    ("a global of a function", "def f(x):\n    return a", "def f(x):\n    a = 1\n    return a", "makes `a` local to the function"),
    ("a name of a nested function", "def f(x):\n    return lambda: a", "def f(x):\n    a = 1\n    return lambda: a", "makes `a` local"),
    ("a declared global", "def f():\n    global a\n    a = 1", "a = 2\ndef f():\n    global a\n    a = 1", "binds `a`"),
    ("a class reads it outside", "class A:\n    if x:\n        a = 1\n    b = a", "a = 3\nclass A:\n    if x:\n        a = 1\n    b = a", "binds `a`"),
    ("a default", "def f(x=a): pass", "a = 1\ndef f(x=a): pass", "binds `a`"),
    ("a local import of a global", "import m\ndef f():\n    m.g()", "import m\ndef f():\n    import m\n    m.g()", "makes `m` local"),
    ("an import that is also assigned", "import m\nm = 3", "import m\nm = 3\nimport m", "binds `m`"),
    ("star import", "f()", "from m import *\nf()", "may bind any name"),
    ("attribute of an old object", "f(model)", "f(model)\nmodel.x = 1", "writes into `model`"),
    ("item of an old object", "f(model)", "f(model)\nmodel.x['y'] = 1", "writes into `model`"),
    ("item deleted", "f(model)", "f(model)\ndel model.x['y']", "writes into `model`"),
    ("attribute of a global", "m = 1\ndef f():\n    g()", "m = 1\ndef f():\n    g()\n    m.x = 1", "writes into `m`"),
    ("attribute of a builtin", "f()", "print.x = 1\nf()", "writes into `print`"),
    ("attribute of a value", "f()", "f()\nf().x = 1", "writes into an object that may belong"),
    ("loop over an attribute", "f(m)", "f(m)\nfor m.x in r: pass", "writes into `m`"),
    ("global of a new function", "lr = 1", "lr = 1\ndef g():\n    global lr\n    lr = 2", "declares `lr` global"),
    ("nonlocal of a new function", "def f():\n    a = 1", "def f():\n    a = 1\n    def g():\n        nonlocal a", "declares `a` nonlocal"),
    ("default of a new function", "f(a)", "f(a)\ndef g(x=(a := 1)): pass", "binds `a`"),
    ("special name", "f()", "__all__ = []\nf()", "binds `__all__`"),
    ("special method", "class A:\n    x = 1", "class A:\n    x = 1\n    def __len__(self): pass", "binds `__len__`"),
    ("method in use", "class A:\n    x = 1\na.size()", "class A:\n    x = 1\n    def size(self): pass\na.size()", "adds `size` to a class"),
    ("method asked for", "class A:\n    x = 1\nhasattr(a, 'size')", "class A:\n    x = 1\n    def size(self): pass\nhasattr(a, 'size')", "adds `size`"),
    ("field", "class A:\n    x: int", "class A:\n    x: int\n    y: int", "declares a field"),
    ("member of a class with a base", "class A(Enum):\n    x = 1", "class A(Enum):\n    x = 1\n    y = 2", "adds the attribute `y`"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "reason"), [case[1:] for case in CHANGES], ids=[case[0] for case in CHANGES])
def test_changed(old: str, new: str, reason: str) -> None:
    found = [refusal.reason for refusal in compare(old, new).refusals]
    assert len(found) == 1 and reason in found[0], found


@pytest.mark.parametrize(("old", "new", "reason"), [case[1:] for case in NO_PROBES], ids=[case[0] for case in NO_PROBES])
def test_no_probe(old: str, new: str, reason: str) -> None:
    found = [refusal.reason for refusal in compare(old, new).refusals]
    assert len(found) == 1 and found[0].startswith("the added statement ") and reason in found[0], found


def test_a_future_import_is_refused() -> None:
    (refusal,) = compare("f()", "from __future__ import annotations\nf()").refusals
    assert "changes how the whole file is compiled" in refusal.reason


def test_a_refusal_has_both_lines_and_both_texts() -> None:
    (refusal,) = compare("f()\nlr = 0.1  # low", "f()\nprint(1)\n\nlr = (\n    0.2)  # high").refusals
    assert (refusal.old_line, refusal.old_text) == (2, "lr = 0.1")
    assert (refusal.new_line, refusal.new_text) == (4, "lr = ( 0.2)")


def test_a_refusal_quotes_the_header_of_a_block_only() -> None:
    (refusal,) = compare("for i in a:  # all\n    # now\n    f(i)", "for i in b: f(i)").refusals
    assert (refusal.old_text, refusal.new_text) == ("for i in a: # all", "for i in b:")


def test_a_refusal_shows_a_difference_that_the_first_line_does_not() -> None:
    (refusal,) = compare("@a\ndef f():\n    g()", "@b\ndef f():\n    g()").refusals
    assert (refusal.old_text, refusal.new_text) == ("@a def f():", "@b def f():")


def test_a_line_that_is_no_probe_inside_one_that_is_added_is_named() -> None:
    (refusal,) = compare("f(x)", "f(x)\nif a:\n    print(1)\n    x = 1").refusals
    assert (refusal.old_line, refusal.new_line, refusal.new_text) == (None, 4, "x = 1")


def test_each_change_is_refused_by_itself() -> None:
    old = "def f(a):\n    b = 1\n    return b\n\nfor i in r:\n    f(i)\ng()"
    new = "def f(a):\n    b = 2\n    return b\n\nfor i in s:\n    f(i)\ng()\nreturn_ = g = 1"
    assert [(r.old_line, r.new_line) for r in compare(old, new).refusals] == [(2, 2), (5, 5), (None, 8)]


def test_what_moved_together_is_one_refusal() -> None:
    (refusal,) = compare("a()\nb()\nc()", "with x:\n    a()\n    b()\n    c()").refusals
    assert refusal.old_line == 1


def test_the_message_gives_place_texts_and_hint() -> None:
    (refusal,) = compare("lr = 1\nf(lr)", "lr = 1\nlr = 2\nf(lr)").refusals
    assert refusal.describe() == (
        "2: the added statement binds `lr`, which the recorded program uses\n"
        "  present, line 2: lr = 2\n"
        "\n"
        "hint: give it a name that the recorded program does not use"
    )
