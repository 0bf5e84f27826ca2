"""Which nodes of a matched header are the same ones, and what is logged in it now."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from flor.probes.logged import LoggedExpressions
from flor.probes.model import Alignment
from flor.probes.names import COMPREHENSIONS
from flor.probes.place import Place
from flor.probes.shape import fields, header

_PAIRED = (ast.stmt, ast.Lambda, *COMPREHENSIONS)


@dataclass(frozen=True)
class LoggedPart:
    """A call of `flor.log` that was put around a recorded expression."""

    call: ast.Call
    place: Place


def pair_header(old: ast.stmt, new: ast.stmt, place: Place, logged: LoggedExpressions, alignment: Alignment) -> list[LoggedPart]:
    """Pair the nodes and lines of two matched statements outside their blocks; return what is logged."""
    pairing = _Pairing(logged, alignment)
    pairing.statement(old, new, place)
    return pairing.found


@dataclass
class _Pairing:
    logged: LoggedExpressions
    alignment: Alignment
    found: list[LoggedPart] = field(default_factory=list)

    def statement(self, old: ast.stmt, new: ast.stmt, place: Place) -> None:
        self._pair(old, new)
        self._values([value for _, value in header(old)], [value for _, value in header(new)], place)

    def _values(self, old: Any, new: Any, place: Place) -> None:
        if isinstance(old, list):
            for below, above in zip(old, new):
                self._values(below, above, place)
        elif isinstance(old, ast.AST):
            self._node(old, new, place)

    def _node(self, old: ast.AST, new: ast.AST, place: Place) -> None:
        while (value := self.logged.value(new)) is not None and not self.logged.same_outside(old, new):
            assert isinstance(new, ast.Call)
            self.found.append(LoggedPart(new, place))
            new = value
        self._pair(old, new)
        if isinstance(old, ast.Lambda) and isinstance(new, ast.Lambda):
            self._values(old.args, new.args, place)
            self._values(old.body, new.body, place.inside_function(old))
            return
        if isinstance(old, COMPREHENSIONS):
            place = place.inside_comprehension(old)
        self._values(fields(old), fields(new), place)

    def _pair(self, old: ast.AST, new: ast.AST) -> None:
        if isinstance(new, _PAIRED):
            self.alignment.pairs[new] = old
        old_line, new_line = getattr(old, "lineno", None), getattr(new, "lineno", None)
        if old_line is not None and new_line is not None:
            self.alignment.note_line(old_line, new_line)
