"""A program shows the same whether it is rewritten or not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from rewriting import RunsEverything, check_equivalent, run

from flor.rewrite import compile_module, link, rewrite_module

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))

LATER = {
    "except_star": (
        (3, 11),
        """
def f(x):
    for i in range(3):
        try:
            for j in range(2):
                if i == x:
                    raise ExceptionGroup("group", [ValueError(i), KeyError(j)])
            if i == 2:
                return i
        except* ValueError as group:
            for error in group.exceptions:
                print(repr(error))
        finally:
            print("finally", i)
print(f(3))
f(1)
""",
    ),
    "generics": (
        (3, 12),
        """
type Pair[T] = tuple[T, T]
def first[T: (int, str)](rows: list[T]) -> T:
    for row in rows:
        return row
class Box[T]:
    for size in range(3): pass
    def all(self, *items: T) -> list[T]:
        for item in items:
            for x in [y for y in range(item)]: print(f"{x!r:>{item}} {[z for z in 'ab']}")
        return list(items)
print(first([1]), Box[int]().all(2, 3), first.__type_params__, Pair.__value__, Box.size)
""",
    ),
}


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_rewritten_program_shows_the_same(path: Path) -> None:
    runtime = check_equivalent(path)
    assert any(event == "enter" for event, _ in runtime.events)
    assert runtime.marks, "every program has a function"


@pytest.mark.parametrize("name", LATER)
def test_a_program_in_later_syntax_shows_the_same(name: str, tmp_path: Path) -> None:
    version, source = LATER[name]
    if sys.version_info < version:
        pytest.skip("syntax of a later Python")
    path = tmp_path / f"{name}.py"
    path.write_text(source)
    assert any(event == "enter" for event, _ in check_equivalent(path).events)


def test_a_deep_nest_of_blocks_still_compiles() -> None:
    for kind in ("for x in y:", "while y:", "with y:", "try:", "for x in y:|with y, y:", "try:|for x in y:"):
        for depth in range(1, 30):
            text = nest(kind.split("|"), depth)
            try:
                compile(text, "nest.py", "exec")
            except SyntaxError:
                break
            rewrite_module(text.encode(), "nest.py")
        else:
            raise AssertionError("python set no limit, so this test has met none")


def nest(headers: list[str], depth: int) -> str:
    lines, ends = ["def f(y):"], []
    for level in range(depth):
        indent = " " * (level + 1)
        header = headers[level % len(headers)]
        lines.append(indent + header)
        if header == "try:":
            ends[:0] = [f"{indent}except ValueError as e:", f"{indent} return 1", f"{indent}finally:", f"{indent} y"]
    return "\n".join([*lines, " " * (depth + 1) + "return y", *ends, ""])


def test_trees_deeper_than_recursion_are_rewritten_or_refused() -> None:
    long_sum = "x = 0\nfor i in range(2):\n    x = " + "+".join(["i"] * 900) + "\nprint(x)\n"
    long_chain = "def f(x):\n    if x == 0: return 0\n" + "".join(
        f"    elif x == {n}:\n        for i in [x]: return i\n" for n in range(1, 90)
    )
    for source in (long_sum, long_chain + "print(f(89))\n"):
        runtime = RunsEverything()
        code = rewrite_module(source.encode(), "deep.py").linked(runtime)
        assert run(code).output == run(compile(source, "deep.py", "exec")).output
        assert runtime.events


def test_what_is_too_deep_for_a_tree_is_refused_whole() -> None:
    for terms in (2_000, 2_500, 5_000, 20_000, 50_000):
        source = "for i in range(2): pass\nx = " + "+".join(["i"] * terms) + "\nprint(x)\n"
        try:
            original = compile(source, "deep.py", "exec")
        except (RecursionError, MemoryError):
            break
        rewritten = rewrite_module(source.encode(), "deep.py")
        assert run(rewritten.linked(RunsEverything())).output == run(original).output


def test_a_call_that_is_not_entered_gives_the_recorded_value() -> None:
    class Skips(RunsEverything):
        def call(self, function: int) -> bool:
            return False

        def value(self, function: int) -> object:  # type: ignore[override]
            return "recorded"

    source = b"def f():\n    print('executed')\n    with x:\n        return 1\ndef g():\n    print('executed')\nprint(f(), g())\n"
    assert run(rewrite_module(source, "f.py").linked(Skips())).output == "recorded recorded\n"


def test_a_value_is_held_until_its_function_ends(tmp_path: Path) -> None:
    path = tmp_path / "held.py"
    path.write_text("""
class Block:
    def __init__(self, fails=False): self.fails = fails
    def __enter__(self): return self
    def __exit__(self, *error):
        print("exit")
        if self.fails: raise KeyError("exit")
def settled():
    with Block():
        return "inside"
def fails():
    with Block(fails=True):
        return "never given"
def swallowed():
    for i in range(2):
        try:
            return i
        finally:
            if i == 0: continue
    return "after"
def replaced():
    try:
        return "first"
    finally:
        return "last"
print(settled(), swallowed(), replaced())
try: fails()
except KeyError: print("failed")
""")
    runtime = check_equivalent(path)
    lines = {site.ordinal: site.line for site in rewrite_module(path.read_bytes(), str(path)).functions}
    exits = {lines[site]: kind for kind, site in runtime.events if site in lines and kind != "enter"}  # type: ignore[index]
    assert exits == {3: "leave", 4: "return", 5: "abandon", 8: "settle", 11: "abandon", 14: "settle", 21: "return"}


def test_a_loop_that_is_not_entered_leaves_no_trace_but_its_exit() -> None:
    source = b"""
def f(rows):
    for row in rows:
        for cell in row:
            return "executed"
    else:
        return "else"
    return "after"
print(f([[1]]))
"""

    class Skips(RunsEverything):
        def __init__(self, exit: str) -> None:
            super().__init__()
            self.exit = exit

        def enter(self, loop: int) -> bool:
            return False

        def call(self, function: int) -> bool:
            return super().enter(function)

        def returned(self, loop: int) -> bool:  # type: ignore[override]
            return self.exit == "return"

        def value(self, loop: int) -> object:  # type: ignore[override]
            return "recorded"

        def was_exhausted(self, loop: int) -> bool:
            return self.exit == "normal"

    expected = {"return": "recorded\n", "normal": "else\n", "break": "after\n"}
    for exit, output in expected.items():
        assert run(link(compile_module(source, "skip.py"), Skips(exit))).output == output


def test_a_skipped_inner_loop_settles_the_outer_one() -> None:
    source = b"def f(rows):\n  for row in rows:\n    for cell in row:\n      return 1\nprint(f([[1]]))\n"

    class SkipsInner(RunsEverything):
        def enter(self, loop: int) -> bool:
            return super().enter(loop) if loop == 0 else False

        def returned(self, loop: int) -> bool:  # type: ignore[override]
            return True

        def value(self, loop: int) -> object:  # type: ignore[override]
            return "recorded"

    runtime = SkipsInner()
    assert run(link(compile_module(source, "skip.py"), runtime)).output == "recorded\n"
    assert runtime.events == [("enter", 0), ("return", 0)]
