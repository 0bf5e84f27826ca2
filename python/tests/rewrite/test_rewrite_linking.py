"""Linking replaces every placeholder; `original_code` finds the user's own code again, or says that it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from rewriting import RunsEverything, both, nested, run

from flor.rewrite import compile_module, link, original_code, rewrite_module, survey
from flor.rewrite.placeholders import PREFIX, placeholders_in

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_no_placeholder_is_left(path: Path) -> None:
    unlinked = compile_module(path.read_bytes(), str(path))
    assert list(placeholders_in(unlinked))
    assert not list(placeholders_in(link(unlinked, RunsEverything())))


def test_bindings_are_asked_by_what_follows_the_prefix() -> None:
    source = b"""
def f():
    for i in x:
        for j in i:
            return j
        with i:
            return i
    else:
        pass
def g():
    yield 1
"""
    asked: set[str] = set()
    link(compile_module(source, "f.py"), lambda name: asked.add(name) or name)  # type: ignore[func-returns-value]
    assert asked == (
        {"enter", "leave", "abandon", "exhausted", "was_exhausted", "returned", "value", "return", "return_unsettled"}
        | {"call", "leave_call", "hold", "settle", "ran", "function:3", "iterate"}
        | {"site:0", "site:1", "site:2", "sites:0", "sites:1", "sites:1,0", "sites:2,1,0"}
    )


def test_linked_code_can_be_hashed_and_compared() -> None:
    unlinked = compile_module(b"def f():\n    for i in x: pass\n", "f.py")
    runtime = RunsEverything()
    linked = link(unlinked, runtime)
    assert {linked: 1}[linked] == 1
    assert linked != unlinked


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_the_original_code_of_each_function_is_found(path: Path) -> None:
    source = path.read_bytes()
    original, rewritten, _ = both(path)
    found = [original_code(code, source) for code in nested(rewritten)]
    expected = {code for code in nested(original)}
    missing = [code for code, own in zip(nested(rewritten), found, strict=True) if own is None]
    assert {code for code in found if code is not None} <= expected
    assert all(code.co_name.startswith("<") for code in missing), missing


def test_a_function_switched_back_is_the_users_own() -> None:
    source = b"def f(x):\n    total = 0\n    for i in x:\n        total += i\n    return total\n"
    runtime = RunsEverything()
    namespace: dict[str, object] = {}
    exec(rewrite_module(source, "f.py").linked(runtime), namespace)
    function = namespace["f"]
    own = original_code(function.__code__, source)  # type: ignore[attr-defined]
    assert own is not None
    function.__code__ = own  # type: ignore[attr-defined]
    assert function([1, 2]) == 3  # type: ignore[operator]
    assert not runtime.events


def test_two_candidates_are_none() -> None:
    unlinked = compile_module(b"a = lambda: 1; b = lambda: 2\n", "f.py")
    twice = b"def f(): return 1\ndef g():\n    def f(): return 1\n    return f\n"
    codes = [code for code in nested(compile_module(twice, "g.py")) if code.co_name == "f"]
    plain = list(nested(compile(twice, "g.py", "exec", dont_inherit=True)))
    assert all(original_code(code, twice) in plain for code in codes)
    other = [code for code in nested(unlinked) if code.co_name == "<lambda>"]
    assert [original_code(code, b"pass\n") for code in other] == [None, None]


def test_a_users_own_text_under_the_prefix_is_never_replaced() -> None:
    for expression in (r'"\x00flor:enter"', r'"\x00" "flor:loop:0"', r'"\x00fl" + "or:ran"', r'("\x00flor:x",)'):
        source = f"x = {expression}\nfor i in range(2):\n    pass\ndef f():\n    while x: return\nprint(repr(x))\n".encode()
        rewritten = rewrite_module(source, "own.py")
        assert rewritten.refusal is not None
        assert [loop.refusal for loop in rewritten.loops] == [rewritten.refusal] * 2
        runtime = RunsEverything()
        assert "flor:" in run(rewritten.linked(runtime)).output
        assert not runtime.events


def test_a_zero_byte_alone_is_no_placeholder() -> None:
    assert rewrite_module(b'x = "\\x00"\nfor i in x: pass\n', "zero.py").refusal is None
    assert PREFIX.startswith("\0")


def test_survey_and_code_can_be_made_apart() -> None:
    import ast

    source = b"for i in range(2): pass\n"
    tree = ast.parse(source)
    assert list(placeholders_in(compile_module(source, "x.py", tree=tree, survey=survey(tree))))
