"""Numbers the loops and functions of a file, and decides which of them are left as the user wrote them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from . import refusals
from .compilers import Compiled, compiled
from .nesting import (
    FUNCTION_DEPTH,
    FUNCTIONS,
    MAXIMUM_DEPTH,
    bodies,
    defines_functions,
    depth,
    evaluated_inside,
    evaluated_outside,
    goes_on_after_a_return,
    own_nodes,
    returns,
    suspends,
    type_parameters,
)
from .placeholders import placeholders_in
from .silence import compile_silently
from .sites import FunctionSite, LoopSite, Survey

Node = TypeVar("Node", bound=ast.AST)
AnySite = TypeVar("AnySite", LoopSite, FunctionSite)

# Of the methods that Python itself calls, those that scripts do their work in.
_ORDINARY_SPECIAL_METHODS = frozenset({"__init__", "__call__"})


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
        in_source_order = sorted(_position(node) for node, _ in [*self._loops, *self._functions])
        number = {position: ordinal for ordinal, position in enumerate(in_source_order)}
        loops = [(node, _loop_site(number[_position(node)], node, scope)) for node, scope in self._loops]
        functions = [(node, _function_site(number[_position(node)], node, scope)) for node, scope in self._functions]
        return Survey(_by_ordinal(loops), _by_ordinal(functions), refusal)

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
            loop_refusal=refusals.FORWARD if in_forward else _nesting_refusal(node.body, FUNCTION_DEPTH),
            global_names=_global_names(node.body),
        )

    def _class_scope(self, node: ast.ClassDef, around: Scope) -> Scope:
        refusal = around.refusal or self._compiled.reason(node)
        return Scope(around.inside(node.name), True, refusal, refusals.CLASS_BODY, _global_names(node.body))


def _position(node: ast.stmt | ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _by_ordinal(sites: Sequence[tuple[Node, AnySite]]) -> dict[Node, AnySite]:
    return dict(sorted(sites, key=lambda pair: pair[1].ordinal))


def _loop_site(number: int, node: ast.For | ast.AsyncFor | ast.While, scope: Scope) -> LoopSite:
    return LoopSite(
        ordinal=number,
        line=node.lineno,
        column=node.col_offset,
        end_line=node.end_lineno or node.lineno,
        function=scope.qualname or "<module>",
        statement="while" if isinstance(node, ast.While) else "for",
        has_return=returns(node),
        refusal=scope.refusal or scope.loop_refusal or _loop_refusal(node),
    )


def _loop_refusal(node: ast.For | ast.AsyncFor | ast.While) -> str | None:
    if suspends(node):
        return refusals.YIELDS
    return refusals.GOES_ON if goes_on_after_a_return(node) else None


def _function_site(number: int, node: ast.AST, scope: Scope) -> FunctionSite:
    assert isinstance(node, FUNCTIONS)
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    refusal = scope.refusal or (refusals.LAMBDA if isinstance(node, ast.Lambda) else None)
    only_marks = None if refusal is not None else _why_it_is_not_asked(node, scope)
    return FunctionSite(
        ordinal=number,
        line=node.lineno,
        first_line=min([node.lineno, *(decorator.lineno for decorator in decorators)]),
        end_line=node.end_lineno or node.lineno,
        column=node.col_offset,
        function=scope.qualname,
        refusal=refusal,
        skip_refusal=None if refusal is not None else only_marks or _special_method(node),
        only_marks=only_marks is not None,
        is_retirable=refusal is None and only_marks is None and not defines_functions(_body(node)),
    )


def _body(function: ast.AST) -> list[ast.stmt]:
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    return function.body


def _why_it_is_not_asked(function: ast.AST, scope: Scope) -> str | None:
    """The reason why an execution of the function leaves a mark and is not followed further."""
    body = _body(function)
    if any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in own_nodes(body)):
        return refusals.GENERATOR
    is_empty = len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    return scope.loop_refusal or (refusals.EMPTY if is_empty else None)


def _special_method(function: ast.AST) -> str | None:
    name = getattr(function, "name", "")
    is_special = name.startswith("__") and name.endswith("__") and name not in _ORDINARY_SPECIAL_METHODS
    return refusals.SPECIAL_METHOD if is_special else None


def _nesting_refusal(body: list[ast.stmt], around: int = 0) -> str | None:
    return refusals.TOO_DEEP if depth(body) + around > MAXIMUM_DEPTH else None


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
