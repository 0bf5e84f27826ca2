"""What stands for live objects in an unlinked rewrite: string constants under one prefix, and the nodes that hold them.

Constants instead of names, so that nothing of florpy's appears in any namespace of the user's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from types import CodeType

PREFIX = "\x00flor:"


class Generated:
    """Builds nodes that all sit at one place of the user's text."""

    def __init__(self, line: int, column: int, end_line: int, end_column: int) -> None:
        self._place = {"lineno": line, "col_offset": column, "end_lineno": end_line, "end_col_offset": end_column}

    @classmethod
    def at(cls, node: ast.stmt | ast.expr) -> Generated:
        return cls(node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)

    @classmethod
    def at_first_instruction(cls, statement: ast.stmt) -> Generated:
        """Where the code of a statement begins: of one over several lines, the first may hold no instruction."""
        expression = _head(statement)
        return cls.at(statement if expression is None else expression)

    def constant(self, value: object) -> ast.Constant:
        return ast.Constant(value=value, kind=None, **self._place)  # type: ignore[arg-type]

    def call(self, name: str, *arguments: ast.expr) -> ast.Call:
        return ast.Call(func=self.constant(PREFIX + name), args=list(arguments), keywords=[], **self._place)

    def either(self, *values: ast.expr) -> ast.BoolOp:
        return ast.BoolOp(op=ast.Or(), values=list(values), **self._place)

    def tuple(self, items: list[ast.expr]) -> ast.Tuple:
        return ast.Tuple(elts=items, ctx=ast.Load(), **self._place)

    def name(self, name: str) -> ast.Name:
        """The value of a variable of the program's own."""
        return ast.Name(id=name, ctx=ast.Load(), **self._place)

    def site(self, ordinal: int) -> ast.Constant:
        return self.constant(f"{PREFIX}site:{ordinal}")

    def sites(self, ordinals: Iterable[int]) -> ast.Constant:
        return self.constant(f"{PREFIX}sites:{','.join(map(str, ordinals))}")

    def statement(self, expression: ast.expr) -> ast.Expr:
        return ast.Expr(value=expression, **self._place)

    def condition(self, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt]) -> ast.If:
        return ast.If(test=test, body=body, orelse=orelse, **self._place)

    def returning(self, value: ast.expr) -> ast.Return:
        return ast.Return(value=value, **self._place)

    def mark(self, ordinal: int) -> ast.Assign:
        """`RAN[ordinal] = 1`"""
        slot = ast.Subscript(
            value=self.constant(PREFIX + "ran"),
            slice=self.constant(f"{PREFIX}function:{ordinal}"),
            ctx=ast.Store(),
            **self._place,
        )
        return ast.Assign(targets=[slot], value=self.constant(1), type_comment=None, **self._place)

    def rescue(self, body: list[ast.stmt], rescue: list[ast.stmt], final: list[ast.stmt] | None = None) -> ast.Try:
        """`try: BODY except: RESCUE; raise`, with `finally: FINAL` where there is any"""
        handler = ast.ExceptHandler(
            type=None, name=None, body=[*rescue, ast.Raise(exc=None, cause=None, **self._place)], **self._place
        )
        return ast.Try(body=body, handlers=[handler], orelse=[], finalbody=final or [], **self._place)

    def finish(self, body: list[ast.stmt], final: list[ast.stmt]) -> ast.Try:
        """`try: BODY finally: FINAL`"""
        return ast.Try(body=body, handlers=[], orelse=[], finalbody=final, **self._place)


def _head(statement: ast.stmt) -> ast.expr | None:
    """The expression that a statement begins with, unless it has an instruction of its own on its first line."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and statement.decorator_list:
        return statement.decorator_list[0]
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        return statement.items[0].context_expr
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        return statement.iter
    if isinstance(statement, (ast.While, ast.If, ast.Assert)):
        return statement.test
    if isinstance(statement, ast.Match):
        return statement.subject
    return statement.value if isinstance(statement, ast.Expr) else None


def placeholders_in(code: CodeType) -> Iterator[str]:
    """Every constant under the prefix, in a code object and in all that are nested in it."""
    pending: list[object] = [code]
    while pending:
        constant = pending.pop()
        if isinstance(constant, CodeType):
            pending.extend(constant.co_consts)
        elif isinstance(constant, (tuple, frozenset)):
            pending.extend(constant)
        elif isinstance(constant, str) and constant.startswith(PREFIX):
            yield constant
