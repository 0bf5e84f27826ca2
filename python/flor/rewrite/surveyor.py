"""Numbers the loops and functions of a file, and decides which of them are left as the user wrote them."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from . import refusals
from .compilers import Compiled, compiled
from .nesting import (
    FUNCTIONS,
    MAXIMUM_DEPTH,
    bodies,
    depth,
    evaluated_inside,
    evaluated_outside,
    returns,
    suspends,
    type_parameters,
)
from .placeholders import placeholders_in
from .silence import compile_silently
from .sites import FunctionSite, LoopSite, Survey


@dataclass(frozen=True)
class Scope:
    """Where a node stands: `refusal` holds for everything in there, `loop_refusal` for the loops of this very scope."""

    qualname: str
    is_class: bool = False
    refusal: str | None = None
    loop_refusal: str | None = None
    global_names: frozenset[str] = frozenset()

    def inside(self, name: str) -> str:
        if not self.qualname or name in self.global_names:
            return name
        return f"{self.qualname}.{name}" if self.is_class else f"{self.qualname}.<locals>.{name}"


def survey(tree: ast.Module) -> Survey:
    """The sites of a file, numbered in source order from 0, those that are left alone included."""
    return Surveyor(tree).survey()


class Surveyor:
    """One walk over one tree. Without recursion: long chains of operators and of `elif` are deep trees."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._nodes = list(ast.walk(tree))
        self._compiled: Compiled = compiled(self._nodes)
        self._loops: list[tuple[ast.For | ast.AsyncFor | ast.While, Scope]] = []
        self._functions: list[tuple[ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, Scope]] = []
        self._pending: list[tuple[ast.AST, Scope]] = []

    def survey(self) -> Survey:
        refusal = refusals.PLACEHOLDER if self._holds_placeholder() else None
        module = Scope("", refusal=refusal, loop_refusal=_nesting_refusal(self._tree.body))
        self._enter(list(self._tree.body), module)
        while self._pending:
            self._visit(*self._pending.pop())
        self._loops.sort(key=lambda found: _position(found[0]))
        self._functions.sort(key=lambda found: _position(found[0]))
        return Survey(
            {node: _loop_site(number, node, scope) for number, (node, scope) in enumerate(self._loops)},
            {node: _function_site(number, node, scope) for number, (node, scope) in enumerate(self._functions)},
            refusal,
        )

    def _holds_placeholder(self) -> bool:
        """Whether a constant of the user's own would be taken for a placeholder, also one that only folding makes."""
        constants = (node.value for node in self._nodes if isinstance(node, ast.Constant))
        if not any(isinstance(constant, str) and "\0" in constant for constant in constants):
            return False
        return any(True for _ in placeholders_in(compile_silently(self._tree, "<survey>")))

    def _visit(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, FUNCTIONS):
            inside = self._function_scope(node, scope)
            self._functions.append((node, inside))
            self._enter(evaluated_outside(node), scope)
            self._enter(evaluated_inside(node), inside)
        elif isinstance(node, ast.ClassDef):
            self._enter([*node.decorator_list, *node.bases, *node.keywords, *type_parameters(node)], scope)
            self._enter(list(node.body), self._class_scope(node, scope))
        else:
            if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
                self._loops.append((node, scope))
            self._enter(list(ast.iter_child_nodes(node)), scope)

    def _enter(self, nodes: list[ast.AST], scope: Scope) -> None:
        self._pending.extend((node, scope) for node in reversed(nodes))

    def _function_scope(self, node: ast.AST, around: Scope) -> Scope:
        refusal = around.refusal or self._compiled.reason(node)
        if isinstance(node, ast.Lambda):
            return Scope(around.inside("<lambda>"), refusal=refusal, loop_refusal=around.loop_refusal)
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        if isinstance(node, ast.AsyncFunctionDef):
            refusal = refusal or refusals.ASYNC
        in_forward = around.loop_refusal == refusals.FORWARD or (around.is_class and node.name == "forward")
        return Scope(
            around.inside(node.name),
            refusal=refusal,
            loop_refusal=refusals.FORWARD if in_forward else _nesting_refusal(node.body),
            global_names=_global_names(node.body),
        )

    def _class_scope(self, node: ast.ClassDef, around: Scope) -> Scope:
        refusal = around.refusal or self._compiled.reason(node)
        return Scope(around.inside(node.name), True, refusal, refusals.CLASS_BODY, _global_names(node.body))


def _position(node: ast.stmt | ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _loop_site(number: int, node: ast.For | ast.AsyncFor | ast.While, scope: Scope) -> LoopSite:
    return LoopSite(
        ordinal=number,
        line=node.lineno,
        column=node.col_offset,
        end_line=node.end_lineno or node.lineno,
        function=scope.qualname or "<module>",
        statement="while" if isinstance(node, ast.While) else "for",
        has_return=returns(node),
        refusal=scope.refusal or scope.loop_refusal or (refusals.YIELDS if suspends(node) else None),
    )


def _function_site(number: int, node: ast.AST, scope: Scope) -> FunctionSite:
    assert isinstance(node, FUNCTIONS)
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return FunctionSite(
        ordinal=number,
        line=node.lineno,
        first_line=min([node.lineno, *(decorator.lineno for decorator in decorators)]),
        column=node.col_offset,
        function=scope.qualname,
        refusal=scope.refusal or (refusals.LAMBDA if isinstance(node, ast.Lambda) else None),
    )


def _nesting_refusal(body: list[ast.stmt]) -> str | None:
    return refusals.TOO_DEEP if depth(body) > MAXIMUM_DEPTH else None


def _global_names(body: list[ast.stmt]) -> frozenset[str]:
    """The names that a scope declares `global`: a function bound to one has no `<locals>` in its qualified name."""
    found: set[str] = set()
    pending = [body]
    while pending:
        for statement in pending.pop():
            if isinstance(statement, ast.Global):
                found.update(statement.names)
            elif not isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
                pending.extend(bodies(statement))
    return frozenset(found)
