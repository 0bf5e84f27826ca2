"""Whole projects: which files are compared, what is refused beside them, and which loops a probe makes run."""

from __future__ import annotations

import ast
from textwrap import dedent

from before_after import number

from flor.probes import ProjectDiff, carry_numbers, diff_project, identifiers, must_run, probed_functions

MAIN = b"""\
from model import net

def batches(n):
    for i in range(n):
        yield i

def step(x):
    return net(x)

for epoch in range(3):
    for x in batches(epoch):
        step(x)
    while False:
        pass
"""
MODEL = b"def net(x):\n    return x\n"
RECORDED = {"train.py": MAIN, "model.py": MODEL}
# Sites under which functions ran: net is model.py:0; batches and step are train.py:0 and 1.
RAN = {
    ("train.py", 0): {("train.py", 0)},
    ("train.py", 1): {("train.py", 0), ("train.py", 1), ("model.py", 0)},
    ("train.py", 2): {("train.py", 0), ("train.py", 1), ("model.py", 0)},
    ("train.py", 3): set[tuple[str, int]](),
}


def edited(path: str, old: str, new: str) -> ProjectDiff:
    text = RECORDED[path].decode()
    assert old in text
    return diff_project(RECORDED, RECORDED | {path: text.replace(old, new).encode()})


def ordinals_to_run(diff: ProjectDiff) -> list[int]:
    assert diff.refusals == []
    return sorted(ordinal for _, ordinal in must_run(diff, RAN, number))


def test_an_unchanged_project_has_nothing_to_run() -> None:
    diff = diff_project(RECORDED, RECORDED | {"new.py": b"print(1)"})
    assert (diff.files, diff.refusals, must_run(diff, RAN, number)) == ({}, [], {})


def test_a_probe_in_the_text_of_a_loop_makes_it_and_those_around_it_run() -> None:
    assert ordinals_to_run(edited("train.py", "        step(x)", "        step(x)\n        print(x)")) == [1, 2]
    assert ordinals_to_run(edited("train.py", "    while", "    print(epoch)\n    while")) == [1]


def test_a_probe_outside_all_loops_makes_none_run() -> None:
    assert ordinals_to_run(edited("train.py", "for epoch", "print('start')\nfor epoch")) == []


def test_a_probe_in_a_function_makes_the_loops_run_under_which_it_ran() -> None:
    diff = edited("model.py", "    return x", "    print(x)\n    return x")
    assert ordinals_to_run(diff) == [1, 2]
    reason = must_run(diff, RAN, number)["train.py", 2]
    assert reason == "a function that ran under the loop contains the probe at model.py:2"
    assert list(probed_functions(diff, {path: number(file.old_tree) for path, file in diff.files.items()})) == [("model.py", 0)]


def test_a_probe_before_a_yield_makes_those_loops_run_and_one_behind_it_all() -> None:
    assert ordinals_to_run(edited("train.py", "        yield i", "        print(i)\n        yield i")) == [0, 1, 2]
    assert ordinals_to_run(edited("train.py", "        yield i", "        yield i\n        print(i)")) == [0, 1, 2, 3]


def test_a_function_without_a_number_may_have_run_under_any_loop() -> None:
    diff = edited("model.py", "    return x", "    print(x)\n    return x")
    assert len(must_run(diff, RAN, lambda tree: (number(tree)[0], {}))) == len(RAN)


def test_a_file_that_is_gone_is_refused() -> None:
    (refusal,) = diff_project(RECORDED, {"train.py": MAIN}).refusals
    assert refusal.describe() == "model.py: the recorded file is gone\n\nhint: put it back as it was recorded"


def test_a_syntax_error_is_kept() -> None:
    (refusal,) = edited("train.py", "step(x)\n    while", "step(x\n    while").refusals
    assert isinstance(refusal.error, SyntaxError) and refusal.path == "train.py"
    assert refusal.new_line == refusal.error.lineno


def test_what_only_compiling_finds_is_a_syntax_error_too() -> None:
    (refusal,) = edited("train.py", "for epoch", "return\nfor epoch").refusals
    assert refusal.error is not None and "outside function" in refusal.reason


def test_bytes_that_are_no_text_are_refused() -> None:
    (refusal,) = diff_project({"a.py": b"f()"}, {"a.py": b"f()\n\0"}).refusals
    assert refusal.path == "a.py" and "is no Python" in refusal.reason


def test_encodings_and_line_ends_are_no_change() -> None:
    old = "# coding: latin-1\nx = '\xe9'\n\x0cprint(x)\n"
    diff = diff_project({"a.py": old.encode("latin-1")}, {"a.py": old.replace("\n", "\r\n").encode("latin-1")})
    assert diff.refusals == []
    (refusal,) = diff_project({"a.py": old.encode("latin-1")}, {"a.py": old.replace("\xe9", "e").encode()}).refusals
    assert (refusal.old_text, refusal.new_text) == ("x = '\xe9'", "x = 'e'")


def test_refusals_carry_their_path() -> None:
    (refusal,) = edited("train.py", "range(3)", "range(4)").refusals
    assert refusal.describe() == (
        "train.py:10: what the loop goes over was changed\n"
        "  recorded, line 10: for epoch in range(3):\n"
        "  present, line 10: for epoch in range(4):"
    )


def test_a_new_name_that_star_imports_spread_is_refused_where_it_is_used() -> None:
    recorded = {"pkg/tools.py": b"a = 1\n", "main.py": b"from pkg.tools import *\nprint(max(a, 2))\n"}
    assert diff_project(recorded, recorded | {"pkg/tools.py": b"a = 1\nother = 2\n"}).refusals == []
    (refusal,) = diff_project(recorded, recorded | {"pkg/tools.py": b"a = 1\nmax = min\n"}).refusals
    assert "the added name `max` reaches `main.py`" in refusal.reason


def test_recorded_numbers_move_to_the_present_tree() -> None:
    probe = "def norm():\n    for p in []: pass\n\nfor q in []: print(lambda: q)\n\n"
    diff = edited("train.py", "def step", probe + "def step")
    assert diff.refusals == []
    file = diff.files["train.py"]
    loops, functions = carry_numbers(file.alignment, *number(file.old_tree))
    assert {ordinal: node.lineno for node, ordinal in loops.items()} == {0: 4, 1: 15, 2: 16, 3: 18}
    assert {ordinal: ast.unparse(node)[:8] for node, ordinal in functions.items()} == {0: "def batc", 1: "def step"}


def test_warnings_carry_their_path() -> None:
    diff = edited("model.py", "    return x", "    x.append(1)\n    return x")
    assert [(path, caution.line) for path, caution in diff.warnings] == [("model.py", 2)]


def test_identifiers_are_all_names_that_a_program_spells() -> None:
    program = """
        from a.b import c as d
        def e(f, *, g): global h
        i.j = k(l=1, m="n", o="no name")
        match p:
            case q(r=1): pass
    """
    assert identifiers(ast.parse(dedent(program))) == set("abcdefghijklmnopqr")


def test_a_long_chain_of_elif_is_compared() -> None:
    chain = "if a: f(0)\n" + "\n".join(f"elif a == {n}: f({n})" for n in range(300))
    diff = diff_project({"a.py": chain.encode()}, {"a.py": chain.replace(" f(250)", "\n    f(250)\n    print()").encode()})
    assert diff.refusals == [] and [probe.line for _, probe in diff.probes] == [254]


def test_what_is_nested_too_deeply_is_refused() -> None:
    deep = b"x = " + b" + ".join([b"a"] * 60_000)
    (refusal,) = diff_project({"a.py": deep}, {"a.py": deep + b"\nprint(x)"}).refusals
    assert refusal.path == "a.py"
