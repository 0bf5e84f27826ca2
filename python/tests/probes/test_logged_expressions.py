"""`flor.log("name", EXPR)` around a recorded expression leaves the program as it is."""

from __future__ import annotations

import pytest
from before_after import compare, reasons, spell

ACCEPTED = [
    ("loss = f(x)", "import flor\nloss = flor.log('loss', f(x))"),
    ("loss = f(x)", "import flor as fl\nloss = fl.log('loss', f(x))"),
    ("loss = f(x)", "from flor import log\nloss = log('loss', f(x))"),
    ("loss = f(x)", "from flor import log as note\nloss = note(name='loss', value=f(x))"),
    ("loss = f(x)", "import flor\nloss = f(flor.log('x', x))"),
    ("loss = f(x)", "import flor\nloss = flor.log('loss', flor.log('twice', f(x)))"),
    ("import flor\nloss = flor.log('a', x)", "import flor\nloss = flor.log('a', flor.log('b', x))"),
    ("import flor\nloss = flor.log('a', x)", "import flor\nloss = flor.log('b', flor.log('a', x))"),
    ("f(x)", "import flor\nflor.log('f', f(x))"),
    ("for i in r:\n    f(i)", "import flor\nfor i in flor.log('r', r):\n    f(i)\n    print(i)"),
    ("while c():\n    f()", "import flor\nwhile flor.log('c', c()):\n    f()"),
    ("def f(a):\n    return a", "import flor\ndef f(a):\n    return flor.log(f'a{a}', a)"),
]


@pytest.mark.parametrize(("old", "new"), ACCEPTED)
def test_accepted(old: str, new: str) -> None:
    assert reasons(old, new) == []
    assert compare(old, new).wrapped


REFUSED = [
    ("another value", "loss = f(x)", "import flor\nloss = flor.log('loss', f(y))"),
    ("a log taken away", "import flor\nloss = flor.log('a', x)", "import flor\nloss = x"),
    ("a log renamed", "import flor\nloss = flor.log('a', x)", "import flor\nloss = flor.log('b', x)"),
    ("another module's log", "loss = f(x)", "import math\nloss = math.log('loss', f(x))"),
    ("a flor that is something else", "loss = f(x)", "import flor\nflor = 3\nloss = flor.log('loss', f(x))"),
    ("not imported", "loss = f(x)", "loss = flor.log('loss', f(x))"),
    ("one argument", "loss = f(x)", "import flor\nloss = flor.log(f(x))"),
    ("a target", "loss = f(x)", "import flor\nflor.log('loss', loss).x = f(x)"),
    ("a name that binds", "loss = f(x)", "import flor\nloss = flor.log(x := 'loss', f(x))"),
]


@pytest.mark.parametrize(("old", "new"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused(old: str, new: str) -> None:
    assert len(reasons(old, new)) == 1


def test_the_probe_is_inside_the_loop_whose_header_is_logged() -> None:
    alignment = compare("for i in r:\n    f(i)", "import flor\nfor i in flor.log('r', r):\n    f(i)")
    assert [spell(list(probe.loops)) for probe in alignment.wrapped] == [["for i in r:"]]


def test_a_default_value_is_logged_outside_the_function_and_a_lambda_is_one() -> None:
    new = "import flor\ndef f(a=flor.log('a', 1)):\n    return lambda: flor.log('b', a)"
    alignment = compare("def f(a=1):\n    return lambda: a", new)
    assert [type(probe.function).__name__ for probe in alignment.wrapped] == ["NoneType", "Lambda"]
    assert [probe.lazy for probe in alignment.wrapped] == [False, True]


def test_a_generator_expression_may_run_anywhere() -> None:
    new = "import flor\ng = (flor.log('i', i) for i in r)\nh = [flor.log('i', i) for i in r]"
    assert [probe.lazy for probe in compare("g = (i for i in r)\nh = [i for i in r]", new).wrapped] == [True, False]


def test_logged_loops_keep_their_pairs() -> None:
    new = "import flor\nfor i in flor.log('r', r):\n    f([j for j in flor.log('i', i)])"
    alignment = compare("for i in r:\n    f([j for j in i])", new)
    assert sorted(type(node).__name__ for node in alignment.pairs) == ["Expr", "For", "ListComp"]
    assert alignment.new_line(2) == 3
