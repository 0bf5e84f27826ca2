"""What two statements are compared by: their header, and the blocks of statements below it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

BLOCKS = frozenset({"body", "handlers", "orelse", "finalbody", "cases"})
# How a literal was spelled (`u"…"`) and a name's context change nothing of what is computed.
_IGNORED = frozenset({"ctx", "kind", "type_comment"})

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
LOOPS = (ast.For, ast.AsyncFor, ast.While)


def blocks(statement: ast.AST) -> list[list[ast.stmt]]:
    """The lists of statements directly below a statement (or a module), in source order."""
    found: list[list[ast.stmt]] = []
    for name in statement._fields:
        if name not in BLOCKS:
            continue
        value: list[Any] = getattr(statement, name)
        if name in ("handlers", "cases"):
            found.extend(part.body for part in value)
        else:
            found.append(value)
    return found


def header(statement: ast.AST) -> list[tuple[str, Any]]:
    """The parts of a statement outside its blocks, each with the name of its field."""
    parts: list[tuple[str, Any]] = []
    for name in statement._fields:
        value: Any = getattr(statement, name, None)
        if name == "handlers":
            parts.append((name, [part for handler in value for part in (handler.type, handler.name)]))
        elif name == "cases":
            parts.append((name, [part for case in value for part in (case.pattern, case.guard)]))
        elif name not in BLOCKS and name not in _IGNORED:
            parts.append((name, value))
    return parts


def fields(node: ast.AST) -> list[Any]:
    """The values of an expression's fields, without those that carry no meaning."""
    return [getattr(node, name, None) for name in node._fields if name not in _IGNORED]


def statements_in(node: ast.AST) -> list[ast.stmt]:
    """A statement and those below it, in source order; the bodies of functions included."""
    found = [node] if isinstance(node, ast.stmt) else []
    for block in blocks(node):
        for statement in block:
            found.extend(statements_in(statement))
    return found


class Fingerprints:
    """Numbers for trees, such that two trees have the same number if and only if they are equal, positions apart.

    Recursion goes by list comprehensions: unlike `map` and generators they take no C stack, which Python bounds.
    `seen_as` may replace a node by another one first (an expression that is logged by the expression itself).
    """

    def __init__(self, seen_as: Callable[[ast.AST], ast.AST] = lambda node: node) -> None:
        self._seen_as = seen_as
        self._numbers: dict[object, int] = {}
        self._headers: dict[ast.AST, int] = {}
        self._statements: dict[ast.AST, int] = {}

    def header(self, statement: ast.stmt) -> int:
        """The number of what stands outside the blocks; of the whole statement where there are none."""
        number = self._headers.get(statement)
        if number is None:
            parts = tuple([self.value(value) for _, value in header(statement)])
            number = self._headers[statement] = self._number((type(statement), parts))
        return number

    def statement(self, statement: ast.stmt) -> int:
        number = self._statements.get(statement)
        if number is None:
            below = tuple([tuple([self.statement(s) for s in block]) for block in blocks(statement)])
            number = self._statements[statement] = self._number((self.header(statement), below))
        return number

    def value(self, value: Any) -> int:
        """The number of an expression, or of any other value of a field."""
        if isinstance(value, ast.AST):
            node = self._seen_as(value)
            return self._number((type(node), tuple([self.value(part) for part in fields(node)])))
        if isinstance(value, list):
            return self._number((list, tuple([self.value(part) for part in value])))
        # `1 == 1.0 == True`, and yet they are different constants.
        return self._number((type(value), value))

    def _number(self, key: object) -> int:
        return self._numbers.setdefault(key, len(self._numbers))
