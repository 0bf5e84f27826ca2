"""Which names each scope of the recorded program uses: what a probe may bind must be new there."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

# How a name came to be bound: an import's identity, or something that is no import.
Binding = tuple[str, ...]
BOUND_BY_CODE: Binding = ("code",)

# Fields of syntax nodes that hold a name, or a list of names.
_NAMING_FIELDS = ("id", "attr", "name", "names", "asname", "arg", "rest", "kwd_attrs", "module", "value")

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def import_bindings(statement: ast.Import | ast.ImportFrom) -> dict[str, Binding]:
    """The names that an import binds, each with what tells whether another import binds it to the same object."""
    bound: dict[str, Binding] = {}
    for alias in statement.names:
        if isinstance(statement, ast.ImportFrom):
            bound[alias.asname or alias.name] = ("from", "." * statement.level, statement.module or "", alias.name)
        elif alias.asname:
            bound[alias.asname] = ("module", alias.name)
        else:
            top = alias.name.partition(".")[0]
            bound[top] = ("module", top)
    return bound


@dataclass(eq=False)
class Scope:
    """The names of one module, function, class or comprehension."""

    node: ast.AST
    parent: Scope | None
    children: list[Scope] = field(default_factory=list)
    bindings: dict[str, set[Binding]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, ast.ClassDef)

    @cached_property
    def used(self) -> frozenset[str]:
        """Every name whose meaning in this scope matters to the program."""
        names = self.read.union(self.bindings, self.global_names, self.nonlocal_names)
        return frozenset(names.union(*(child.escaping for child in self.children)))

    @cached_property
    def escaping(self) -> frozenset[str]:
        """The names used here that an enclosing scope gives their meaning."""
        if self.is_class:
            # A class body looks a name up in the class first and then outside, so that binding it proves nothing.
            return self.used - self.global_names
        own = self.bindings.keys() - self.nonlocal_names
        return self.used - own - self.global_names

    def bind(self, name: str, binding: Binding = BOUND_BY_CODE) -> None:
        self.bindings.setdefault(name, set()).add(binding)

    def outwards(self) -> Iterable[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


class ScopeTable:
    """The scopes of one tree, by the node that opens each."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._scopes: dict[ast.AST, Scope] = {}
        _Reader(self._scopes).read(tree)
        self.declared_global = frozenset(name for s in self._scopes.values() for name in s.global_names)

    def of(self, node: ast.AST) -> Scope:
        return self._scopes[node]

    def used(self, node: ast.AST) -> frozenset[str]:
        """The names of a scope that a probe there must not bind."""
        scope = self._scopes[node]
        return scope.used if scope.parent else scope.used | self.declared_global

    def used_in_sight(self, node: ast.AST) -> frozenset[str]:
        """The names that a probe in this scope would find bound to something of the program."""
        return frozenset().union(*(self.used(scope.node) for scope in self._scopes[node].outwards()))

    @cached_property
    def identifiers(self) -> frozenset[str]:
        return identifiers(self._tree)


def identifiers(tree: ast.Module) -> frozenset[str]:
    """Every name and attribute that a program spells out, those in strings (for `getattr`) included."""
    found: set[str] = set()
    for node in ast.walk(tree):
        for field_name in _NAMING_FIELDS:
            value = getattr(node, field_name, None)
            for name in value if isinstance(value, list) else [value]:
                if isinstance(name, str):
                    found.update(name.split("."))
    return frozenset(name for name in found if name.isidentifier())


class _Reader(ast.NodeVisitor):
    """Fills in the scopes of a tree."""

    def __init__(self, scopes: dict[ast.AST, Scope]) -> None:
        self._scopes = scopes
        self._scope: Scope

    def read(self, tree: ast.Module) -> None:
        self._inside(tree, None, tree.body)

    def _inside(self, node: ast.AST, parent: Scope | None, parts: Iterable[ast.AST], names: Iterable[str] = ()) -> None:
        scope = self._scopes[node] = Scope(node, parent)
        if parent is not None:
            parent.children.append(scope)
        self._scope = scope
        for name in names:
            scope.bind(name)
        self._visit_all(parts)
        if parent is not None:
            self._scope = parent

    def _visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._scope.read.add(node.id)
        else:
            self._scope.bind(node.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        scope = next(s for s in self._scope.outwards() if not isinstance(s.node, COMPREHENSIONS))
        scope.bind(node.target.id)
        self.visit(node.value)

    def visit_Global(self, node: ast.Global) -> None:
        self._scope.global_names.update(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self._scope.nonlocal_names.update(node.names)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for name, binding in import_bindings(node).items():
            self._scope.bind(name, binding)

    visit_ImportFrom = visit_Import

    def generic_visit(self, node: ast.AST) -> None:
        # `except … as name`, the patterns of `match`, and the type parameters of Python 3.12.
        for bound in (getattr(node, "name", None), getattr(node, "rest", None)):
            if isinstance(bound, str):
                self._scope.bind(bound)
        super().generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._scope.bind(node.name)
        self._visit_all([*node.decorator_list, *evaluated_outside(node.args), node.returns])
        inside = [*getattr(node, "type_params", []), *node.body]
        self._inside(node, self._scope, inside, (argument.arg for argument in _arguments(node.args)))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_all(evaluated_outside(node.args))
        self._inside(node, self._scope, [node.body], (argument.arg for argument in _arguments(node.args)))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._scope.bind(node.name)
        self._visit_all([*node.decorator_list, *node.bases, *node.keywords])
        self._inside(node, self._scope, [*getattr(node, "type_params", []), *node.body])

    def _visit_comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        first = node.generators[0]
        self.visit(first.iter)
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._inside(node, self._scope, [first.target, *first.ifs, *node.generators[1:], *results])

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _visit_comprehension


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    starred = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *starred]


def evaluated_outside(arguments: ast.arguments) -> list[ast.AST | None]:
    """Defaults and annotations belong to the scope that the function is defined in."""
    annotations = [argument.annotation for argument in _arguments(arguments)]
    return [*arguments.defaults, *arguments.kw_defaults, *annotations]
