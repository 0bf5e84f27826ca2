"""Which names a probe may bind, and into which objects it may write."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from flor.probes.names import BOUND_BY_CODE, Binding, Scope, ScopeTable
from flor.probes.place import Place

_OTHER_NAME = "give it a name that the recorded program does not use"


@dataclass(frozen=True)
class Objection:
    """A reason, worded to follow "the added statement", with the part of it that gives rise to it."""

    node: ast.AST
    reason: str
    hint: str = ""


@dataclass(frozen=True)
class NameRules:
    """What a probe at one place of the recorded program may do with names."""

    place: Place
    table: ScopeTable

    # `cached_property` needs no `__setattr__`: it writes to the instance's dictionary.
    @cached_property
    def _scope(self) -> Scope:
        return self.table.of(self.place.scope)

    @property
    def in_class(self) -> bool:
        return self._scope.is_class

    def objections_to_binding(self, name: str, node: ast.AST, binding: Binding = BOUND_BY_CODE) -> Iterator[Objection]:
        """A name may be bound if it is new in its scope, or is imported once more as the program does."""
        yield from self._objections_to_special(name, node)
        if self.in_class:
            yield from self._objections_to_attribute(name, node)
        elif name in self.table.used(self.place.scope) and not self._is_imported_alike(name, binding):
            yield Objection(node, self._reason_against(name), self._hint_for(name, binding))

    def objections_to_defining(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[Objection]:
        """A new function or class is bound like any name; in a class no name may be in use anywhere."""
        if not self.in_class:
            yield from self.objections_to_binding(node.name, node)
            return
        yield from self._objections_to_special(node.name, node)
        yield from self._objections_to_used_attribute(node.name, node)

    def objections_to_writing_into(self, target: ast.AST) -> Iterator[Objection]:
        """Attributes and items may be set on what a probe made, known by its new name."""
        base = target
        while isinstance(base, (ast.Attribute, ast.Subscript)):
            base = base.value
        if not isinstance(base, ast.Name):
            yield Objection(target, "writes into an object that may belong to the recorded program")
        elif base.id in self.table.used_in_sight(self.place.scope) or hasattr(builtins, base.id):
            yield Objection(target, f"writes into `{base.id}`, which belongs to the recorded program")

    def objections_to_declaring(self, name: str, node: ast.Global | ast.Nonlocal) -> Iterator[Objection]:
        """`global` and `nonlocal` in a new function reach out into the scopes around it."""
        if name in self.table.used_in_sight(self.place.scope):
            keyword = "global" if isinstance(node, ast.Global) else "nonlocal"
            yield Objection(node, f"declares `{name}` {keyword}, which the recorded program uses")

    def _objections_to_special(self, name: str, node: ast.AST) -> Iterator[Objection]:
        if name.startswith("__") and name.endswith("__"):
            yield Objection(node, f"binds `{name}`, which Python gives a meaning of its own")

    def _objections_to_attribute(self, name: str, node: ast.AST) -> Iterator[Objection]:
        owner = self._scope.node
        assert isinstance(owner, ast.ClassDef)
        if owner.bases or owner.keywords or owner.decorator_list:
            reason = f"adds the attribute `{name}` to `{owner.name}`, whose base or decorator may act on it"
            yield Objection(node, reason, "bind the name in a function or at module level")
        else:
            yield from self._objections_to_used_attribute(name, node)

    def _objections_to_used_attribute(self, name: str, node: ast.AST) -> Iterator[Objection]:
        if name in self.table.identifiers:
            yield Objection(node, f"adds `{name}` to a class, a name that the recorded program uses", _OTHER_NAME)

    def _is_imported_alike(self, name: str, binding: Binding) -> bool:
        elsewhere = self._scope.parent is None and name in self.table.declared_global
        return binding != BOUND_BY_CODE and self._scope.bindings.get(name) == {binding} and not elsewhere

    def _reason_against(self, name: str) -> str:
        if name in self._scope.bindings:
            return f"binds `{name}`, which the recorded program uses"
        if self._scope.parent is None:
            return f"binds `{name}`, which the recorded program reads and finds elsewhere"
        return f"makes `{name}` local to the function, which reads it from outside"

    def _hint_for(self, name: str, binding: Binding) -> str:
        if binding == BOUND_BY_CODE:
            return _OTHER_NAME
        return f"import it at the top of the file, or as something other than `{name}`"
