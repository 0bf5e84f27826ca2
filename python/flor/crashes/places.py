"""Which loops are around a line of a frame, by the text of its file: they have been left by the time an exception is told of."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from ..project import Project
from ..rewrite.silence import parse_silently
from ..runtime.left_loops import LeftLoops
from ..runtime.positions import is_plain, plain
from .summary import printable, text_of

# Every integer up to there is a number in JSON, whoever reads it.
_EXACT = 2**53
# What is in one of these is run by another frame.
_OTHER_FRAMES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class LoopAround:
    """A loop that ran: its variables, as far as they are plain, and the iteration, where somebody counted."""

    path: str
    line: int
    iteration: int | None
    variables: dict[str, Any]

    def term(self) -> str | None:
        """As `--at` takes it."""
        for name, value in self.variables.items():
            return f"{name}={value}"
        return None if self.iteration is None else f"{self.path}:{self.line}={self.iteration}"

    def describe(self) -> dict[str, Any]:
        return {"file": self.path, "line": self.line, "iteration": self.iteration, "variables": self.variables}


def loops_around(project: Project, stack: list[tuple[FrameType, int]], left: LeftLoops | None = None) -> list[LoopAround]:
    """Those around the lines of these frames, the outermost first."""
    found: list[LoopAround] = []
    trees: dict[str, ast.Module] = {}
    for frame, line in stack:
        file = project.files[frame.f_code.co_filename]
        if file.path not in trees:
            trees[file.path] = parse_silently(file.source, file.filename)
        for loop in _loops(trees[file.path], frame.f_code, line):
            iteration = None if left is None else left.iteration_at(file.path, loop.lineno)
            line_then = project.recorded_line(frame.f_code.co_filename, loop.lineno)
            found.append(LoopAround(file.path, line_then, iteration, _variables(loop, frame)))
    return found


def position_of(loops: list[LoopAround]) -> str:
    """As `--at` takes it; empty outside of all loops."""
    return ",".join(term for term in (one.term() for one in loops) if term is not None)


def _variables(loop: ast.For | ast.While, frame: FrameType) -> dict[str, Any]:
    if isinstance(loop, ast.While):
        return {}
    names = [node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)]
    values = frame.f_locals
    return {name: _told(plain(values[name])) for name in names if name in values and is_plain(values[name])}


def _told(value: Any) -> Any:
    """As JSON can say it: a number that it has not, as text."""
    if isinstance(value, str):
        return printable(value)
    is_beyond = not abs(value) < _EXACT if isinstance(value, (int, float)) else False
    return text_of(value) if is_beyond else value


def _loops(tree: ast.Module, code: CodeType, line: int) -> list[ast.For | ast.While]:
    """The outermost first. In the head of a loop, or behind its `else`, no iteration runs."""
    found: list[ast.For | ast.While] = []
    node: ast.AST | None = _scope(tree, code)
    while node is not None:
        if isinstance(node, (ast.For, ast.While)) and node.body[0].lineno <= line <= (node.body[-1].end_lineno or 0):
            found.append(node)
        node = next((one for one in ast.iter_child_nodes(node) if _spans(one, line)), None)
        if isinstance(node, _OTHER_FRAMES):
            break
    return found


def _spans(node: ast.AST, line: int) -> bool:
    return isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)) and _first(node) <= line <= _last(node)


def _first(node: ast.AST) -> int:
    return min((one.lineno for one in ast.walk(node) if hasattr(one, "lineno")), default=0)


def _last(node: ast.AST) -> int:
    return max((one.end_lineno or 0 for one in ast.walk(node) if hasattr(one, "end_lineno")), default=0)


def _scope(tree: ast.Module, code: CodeType) -> ast.AST | None:
    """Whose code it is; None of a comprehension's, which holds no loop statement."""
    if code.co_name == "<module>":
        return tree
    for node in ast.walk(tree):
        if isinstance(node, _OTHER_FRAMES) and node.name == code.co_name and code.co_firstlineno in _first_lines(node):
            return node
    return None


def _first_lines(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[int]:
    """The code of what has decorators begins with the first of them."""
    return [node.lineno, *(one.lineno for one in node.decorator_list)]
