"""`flor.log("name", EXPR)` in the place of `EXPR`: the same program, with a probe inside."""

from __future__ import annotations

import ast
from typing import Any

from flor.probes.shape import fields, header


class LoggedExpressions:
    """Tells the calls of `flor.log` in a file by the names under which the file imports it."""

    def __init__(self, tree: ast.Module) -> None:
        self._modules: set[str] = set()
        self._functions: set[str] = set()
        for node in ast.walk(tree):
            self._note_import(node)
        if self._modules or self._functions:
            rebound = _bound_otherwise(tree)
            self._modules -= rebound
            self._functions -= rebound

    def __bool__(self) -> bool:
        return bool(self._modules or self._functions)

    def value(self, node: Any) -> ast.expr | None:
        """EXPR where the node is `flor.log(name, EXPR)`, else None."""
        if not isinstance(node, ast.Call) or not self._is_log(node.func):
            return None
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            return None
        given = dict(zip(("name", "value"), node.args))
        given.update((keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg in ("name", "value"))
        complete = len(given) == 2 == len(node.args) + len(node.keywords)
        return given["value"] if complete else None

    def name(self, call: ast.Call) -> ast.expr:
        """The name under which the expression of a `flor.log(name, EXPR)` is logged."""
        named = [keyword.value for keyword in call.keywords if keyword.arg == "name"]
        return named[0] if named else call.args[0]

    def bare(self, node: ast.AST) -> ast.AST:
        """The node without any `flor.log` around it."""
        while (value := self.value(node)) is not None:
            node = value
        return node

    def same_header(self, old: ast.stmt, new: ast.stmt) -> bool:
        """Whether two headers are equal but for expressions that are logged now."""
        return type(old) is type(new) and self.same([value for _, value in header(old)], [value for _, value in header(new)])

    def same(self, old: Any, new: Any) -> bool:
        if self.same_outside(old, new):
            return True
        value = self.value(new)
        return value is not None and self.same(old, value)

    def same_outside(self, old: Any, new: Any) -> bool:
        """Like `same`, where `new` itself is no call that was put around something."""
        if type(old) is not type(new):
            return False
        if isinstance(old, ast.AST):
            return self.same(fields(old), fields(new))
        if isinstance(old, list):
            return len(old) == len(new) and all(map(self.same, old, new))
        return bool(old == new)

    def _note_import(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            self._modules.update(alias.asname or alias.name for alias in node.names if alias.name == "flor")
        elif isinstance(node, ast.ImportFrom) and node.module == "flor" and node.level == 0:
            self._functions.update(alias.asname or alias.name for alias in node.names if alias.name == "log")

    def _is_log(self, callee: ast.expr) -> bool:
        if isinstance(callee, ast.Name):
            return callee.id in self._functions
        return (
            isinstance(callee, ast.Attribute)
            and callee.attr == "log"
            and isinstance(callee.value, ast.Name)
            and callee.value.id in self._modules
        )


def _bound_otherwise(tree: ast.Module) -> set[str]:
    """Names that anything but an import of flor binds somewhere: no telling what they mean at a call."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Import):
            names.update(alias.asname or alias.name.partition(".")[0] for alias in node.names if alias.name != "flor")
        elif isinstance(node, ast.ImportFrom) and not (node.module == "flor" and node.level == 0):
            names.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            names.add(node.rest)
    return names
