"""Whether an added statement only computes and logs, or changes the program."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from flor.probes.bindings import NameRules, Objection
from flor.probes.names import ScopeTable, import_bindings
from flor.probes.place import Place

_COMPREHENSION_PARTS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LEAVING = {
    ast.Return: "returns from the recorded function",
    ast.Raise: "raises an exception in the recorded program",
    ast.Global: "declares a name global in the recorded scope",
    ast.Nonlocal: "declares a name nonlocal in the recorded scope",
    ast.AsyncFor: "suspends the recorded program",
    ast.AsyncWith: "suspends the recorded program",
}
_TRY = (ast.Try, getattr(ast, "TryStar", ast.Try))


def first_objection(statement: ast.stmt, place: Place, table: ScopeTable) -> Objection | None:
    """Why an added statement is no probe; None where it is one."""
    return next(iter(_Judge(NameRules(place, table)).statement(statement, in_own_loop=False)), None)


def objection_to_name(name: ast.expr, place: Place, table: ScopeTable) -> Objection | None:
    """The same for the first argument of a `flor.log` that was put around a recorded expression."""
    return next(iter(_Judge(NameRules(place, table)).expression(name)), None)


@dataclass(frozen=True)
class _Judge:
    names: NameRules

    def statements(self, block: Iterable[ast.stmt], in_own_loop: bool) -> Iterator[Objection]:
        for statement in block:
            yield from self.statement(statement, in_own_loop)

    def statement(self, node: ast.stmt, in_own_loop: bool) -> Iterator[Objection]:
        for kind, reason in _LEAVING.items():
            if isinstance(node, kind):
                yield Objection(node, reason)
        if isinstance(node, (ast.Break, ast.Continue)):
            if not in_own_loop:
                yield Objection(node, "leaves an iteration of a recorded loop")
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from self._import(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield from self._definition(node)
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete)):
            yield from self._assignment(node)
        else:
            yield from self._compound(node, in_own_loop)

    def expression(self, node: ast.AST | None) -> Iterator[Objection]:
        """Objections to what is evaluated in place; the body of a lambda is not."""
        if node is None:
            return
        if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom)):
            yield Objection(node, "suspends the recorded program")
        elif isinstance(node, ast.NamedExpr):
            yield from self._target(node.target)
        elif isinstance(node, ast.Lambda):
            yield from self._expressions(chain(node.args.defaults, node.args.kw_defaults))
            return
        elif isinstance(node, _COMPREHENSION_PARTS) and any(part.is_async for part in node.generators):
            yield Objection(node, "suspends the recorded program")
        yield from self._expressions(ast.iter_child_nodes(node))

    def _expressions(self, nodes: Iterable[ast.AST | None]) -> Iterator[Objection]:
        for node in nodes:
            yield from self.expression(node)

    def _target(self, target: ast.AST) -> Iterator[Objection]:
        """Objections to what a name, an attribute, an item or a tuple of those is given."""
        if isinstance(target, ast.Name):
            yield from self.names.objections_to_binding(target.id, target)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                yield from self._target(element)
        elif isinstance(target, ast.Starred):
            yield from self._target(target.value)
        else:
            yield from self.names.objections_to_writing_into(target)
            yield from self._expressions(ast.iter_child_nodes(target))

    def _assignment(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Delete) -> Iterator[Objection]:
        if isinstance(node, ast.AnnAssign) and self.names.in_class:
            yield Objection(node, "declares a field of a recorded class")
        targets = node.targets if isinstance(node, (ast.Assign, ast.Delete)) else [node.target]
        for target in targets:
            yield from self._target(target)
        if isinstance(node, ast.AnnAssign):
            yield from self.expression(node.annotation)
        if not isinstance(node, ast.Delete):
            yield from self.expression(node.value)

    def _import(self, node: ast.Import | ast.ImportFrom) -> Iterator[Objection]:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            yield Objection(node, "changes how the whole file is compiled")
            return
        for name, binding in import_bindings(node).items():
            if name == "*":
                yield Objection(node, "may bind any name", "import the names that the probe needs, one by one")
            else:
                yield from self.names.objections_to_binding(name, node, binding)

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[Objection]:
        yield from self.names.objections_to_defining(node)
        yield from self._expressions(node.decorator_list)
        if isinstance(node, ast.ClassDef):
            yield from self._expressions(chain(node.bases, node.keywords))
        else:
            yield from self._expressions([node.args, node.returns])
        yield from self._declarations(node)

    def _declarations(self, definition: ast.AST) -> Iterator[Objection]:
        """A new function may do as it likes, but for names of the program that it declares to be its own."""
        for node in ast.walk(definition):
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                for name in node.names:
                    yield from self.names.objections_to_declaring(name, node)

    def _compound(self, node: ast.stmt, in_own_loop: bool) -> Iterator[Objection]:
        if isinstance(node, ast.For):
            yield from self._target(node.target)
        if isinstance(node, (ast.For, ast.While)):
            yield from self.expression(node.iter if isinstance(node, ast.For) else node.test)
            yield from self.statements(node.body, in_own_loop=True)
            yield from self.statements(node.orelse, in_own_loop)
        elif isinstance(node, ast.If):
            yield from self.expression(node.test)
            yield from self.statements(chain(node.body, node.orelse), in_own_loop)
        elif isinstance(node, ast.With):
            yield from self._with(node, in_own_loop)
        elif isinstance(node, _TRY):
            yield from self._try(node, in_own_loop)
        elif isinstance(node, ast.Match):
            yield from self._match(node, in_own_loop)
        else:
            yield from self._simple(node)

    def _simple(self, node: ast.stmt) -> Iterator[Objection]:
        if isinstance(node, (ast.Expr, ast.Assert, ast.Pass)):
            yield from self._expressions(ast.iter_child_nodes(node))
        elif type(node).__name__ == "TypeAlias":
            yield from self._target(node.name)  # type: ignore[attr-defined]
        elif not isinstance(node, tuple(_LEAVING)):
            yield Objection(node, f"is a statement of an unknown kind, {type(node).__name__}")

    def _with(self, node: ast.With, in_own_loop: bool) -> Iterator[Objection]:
        for item in node.items:
            yield from self.expression(item.context_expr)
            if item.optional_vars is not None:
                yield from self._target(item.optional_vars)
        yield from self.statements(node.body, in_own_loop)

    def _try(self, node: ast.Try, in_own_loop: bool) -> Iterator[Objection]:
        yield from self.statements(node.body, in_own_loop)
        for handler in node.handlers:
            yield from self.expression(handler.type)
            if handler.name:
                yield from self.names.objections_to_binding(handler.name, handler)
            yield from self.statements(handler.body, in_own_loop)
        yield from self.statements(chain(node.orelse, node.finalbody), in_own_loop)

    def _match(self, node: ast.Match, in_own_loop: bool) -> Iterator[Objection]:
        yield from self.expression(node.subject)
        for case in node.cases:
            for part in ast.walk(case.pattern):
                name = getattr(part, "rest" if isinstance(part, ast.MatchMapping) else "name", None)
                if isinstance(name, str):
                    yield from self.names.objections_to_binding(name, part)
            yield from self.expression(case.guard)
            yield from self.statements(case.body, in_own_loop)
