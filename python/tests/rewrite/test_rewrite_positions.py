"""What a program can see of its own text, a rewrite leaves as it was: lines, columns, names, documentation."""

from __future__ import annotations

import ast
import dis
import inspect
import linecache
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType

import pytest
from rewriting import both, nested, run

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))
each_program = pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)


def pairs(path: Path) -> Iterator[tuple[CodeType, CodeType]]:
    """Each code object of a file beside that of its rewrite: the rewrite adds none and removes none."""
    original, rewritten, _ = both(path)
    yield from zip(*map(in_text_order, (original, rewritten)), strict=True)


def in_text_order(code: CodeType) -> list[CodeType]:
    """An `else` that was moved behind its loop may have changed the order of the constants."""
    return sorted(nested(code), key=lambda code: (code.co_firstlineno, code.co_name))


@each_program
def test_code_keeps_its_names_and_its_documentation(path: Path) -> None:
    for original, rewritten in pairs(path):
        for attribute in (
            "co_name co_qualname co_filename co_firstlineno co_flags co_varnames co_freevars co_cellvars co_names"
            " co_argcount co_kwonlyargcount co_posonlyargcount co_nlocals"
        ).split():
            assert getattr(original, attribute, None) == getattr(rewritten, attribute, None), attribute
        if original.co_consts and isinstance(original.co_consts[0], (str, type(None))):
            assert original.co_consts[0] == rewritten.co_consts[0]


@each_program
def test_code_speaks_of_the_same_lines(path: Path) -> None:
    for original, rewritten in pairs(path):
        lines, rewritten_lines = ({line for _, _, line in code.co_lines()} - {None} for code in (original, rewritten))
        assert rewritten_lines == lines, original


@pytest.mark.skipif(sys.version_info < (3, 11), reason="columns came with Python 3.11")
@each_program
def test_every_place_of_the_text_is_still_there(path: Path) -> None:
    for original, rewritten in pairs(path):
        assert places(original) <= places(rewritten), original


def places(code: CodeType) -> set[object]:
    """Those of the instructions that can fail or call: jumps and stack moves differ, and nothing ever shows them."""
    silent = ("NOP", "JUMP", "POP_TOP", "POP_EXCEPT", "RERAISE", "LOAD_CONST", "RETURN_", "COPY", "SWAP")
    return {found.positions for found in dis.get_instructions(code) if not found.opname.startswith(silent)}


@each_program
def test_every_line_that_is_executed_is_executed(path: Path) -> None:
    original, rewritten, _ = both(path)
    plain, other = executed_lines(original), executed_lines(rewritten)
    assert plain <= other
    assert {line for _, line in other - plain} <= lines_before_conditions(path)


def lines_before_conditions(path: Path) -> set[int]:
    """Of each `while` whose condition is on a later line: Python is there between the boundary and a condition that fails."""
    loops = (node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.While))
    return {loop.lineno for loop in loops if loop.test.lineno > loop.lineno}


def executed_lines(code: CodeType) -> set[tuple[str, int]]:
    """What a coverage tool sees."""
    seen: set[tuple[str, int]] = set()

    def trace(frame: FrameType, event: str, argument: object) -> Callable[..., object] | None:
        if frame.f_code.co_filename != code.co_filename:
            return None
        if event == "line":
            seen.add((frame.f_code.co_name, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run(code)
    finally:
        sys.settrace(before)
    return seen


@each_program
def test_the_source_of_a_function_is_found(path: Path) -> None:
    original, rewritten, _ = both(path)
    for plain, other in zip(in_text_order(original), in_text_order(rewritten), strict=True):
        assert inspect.getsource(other) == inspect.getsource(plain)


def test_an_error_of_the_runtime_points_at_the_loop(tmp_path: Path) -> None:
    from rewriting import RunsEverything

    from flor.rewrite import rewrite_module

    class Fails(RunsEverything):
        def leave(self, loop: int) -> None:
            raise RuntimeError("leave")

    path = tmp_path / "fails.py"
    path.write_text("x = 1\nfor i in (\n    1,\n):\n    x = 2\n")
    linecache.checkcache(str(path))
    trouble = run(rewrite_module(path.read_bytes(), str(path)).linked(Fails())).traceback
    assert f'File "{path}", line 2, in <module>\n    for i in (' in trouble
