"""Which nodes of a matched header are the same ones, and what is logged in it now."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
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


def pair_header(
    old: ast.stmt, new: ast.stmt, place: Place, logged: LoggedExpressions, alignment: Alignment
) -> list[LoggedPart]:
    """Pair the nodes and lines of two matched statements outside their blocks; return what is logged."""
    return list(_Pairing(logged, alignment).statement(old, new, place))


@dataclass(frozen=True)
class _Pairing:
    logged: LoggedExpressions
    alignment: Alignment

    def statement(self, old: ast.stmt, new: ast.stmt, place: Place) -> Iterator[LoggedPart]:
        self._pair(old, new)
        yield from self._values([v for _, v in header(old)], [v for _, v in header(new)], place)

    def _values(self, old: Any, new: Any, place: Place) -> Iterator[LoggedPart]:
        if isinstance(old, list):
            for below, above in zip(old, new):
                yield from self._values(below, above, place)
        elif isinstance(old, ast.AST):
            yield from self._node(old, new, place)

    def _node(self, old: ast.AST, new: ast.AST, place: Place) -> Iterator[LoggedPart]:
        while (value := self.logged.value(new)) is not None and not self.logged.same_outside(old, new):
            assert isinstance(new, ast.Call)
            yield LoggedPart(new, place)
            new = value
        self._pair(old, new)
        if isinstance(old, ast.Lambda) and isinstance(new, ast.Lambda):
            yield from self._values(old.args, new.args, place)
            yield from self._values(old.body, new.body, place.inside_function(old))
            return
        if isinstance(old, COMPREHENSIONS):
            place = place.inside_comprehension(old)
        yield from self._values(fields(old), fields(new), place)

    def _pair(self, old: ast.AST, new: ast.AST) -> None:
        if isinstance(new, _PAIRED):
            self.alignment.pairs[new] = old
        old_line, new_line = getattr(old, "lineno", None), getattr(new, "lineno", None)
        if old_line is not None and new_line is not None:
            self.alignment.note_line(old_line, new_line)
