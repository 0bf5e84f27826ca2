"""The comparison of two versions of a file: what was matched, what was added, and what is refused."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flor.probes.bindings import Objection
from flor.probes.cautions import cautions
from flor.probes.changes import Changes, Gap, is_docstring
from flor.probes.judge import first_objection, objection_to_name
from flor.probes.logged import LoggedExpressions
from flor.probes.matching import Matcher, Step
from flor.probes.model import Alignment, Caution, Probe, Refusal
from flor.probes.names import ScopeTable
from flor.probes.pairing import LoggedPart, pair_header
from flor.probes.place import Place, place_of_block
from flor.probes.recursion import room_for_recursion
from flor.probes.shape import blocks, statements_in
from flor.probes.source import Source

# Names of the namespace as a whole: a program that calls one sees a probe's names too.
_NAMESPACE_CALLS = frozenset({"globals", "locals", "vars", "dir"})
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def align(old: ast.Module, new: ast.Module, old_source: str | None = None, new_source: str | None = None) -> Alignment:
    """Lay the present tree on the recorded one. With the sources, messages quote the user's own text."""
    with room_for_recursion():
        return _Comparison(old, new, Source(old_source), Source(new_source)).alignment()


class _Comparison:
    """One pass over both trees, and then the judgement of what it found."""

    def __init__(self, old: ast.Module, new: ast.Module, old_source: Source, new_source: Source) -> None:
        self._old = old
        self._new = new
        self._old_source = old_source
        self._new_source = new_source
        self._logged = LoggedExpressions(new)
        self._matcher = Matcher(self._logged)
        self._table = ScopeTable(old)
        self._alignment = Alignment()
        self._gaps: list[Gap] = []
        self._added: list[tuple[ast.stmt, Place]] = []
        self._docstring_refusals: list[Refusal] = []
        # `pass` is not among them: it may go where something takes its place.
        self._lost: set[ast.stmt] = set()

    def alignment(self) -> Alignment:
        self._visit_blocks(self._old, self._new, Place(self._old))
        changes = Changes(self._gaps, self._matcher.exact, self._old_source, self._new_source)
        refusals = changes.refusals(lambda s, place: first_objection(s, place, self._table) is None)
        refusals += self._docstring_refusals
        for statement, place in self._added:
            self._alignment.added.append(_probe(statement, place, statement.lineno))
            if statement not in changes.explained:
                refusals += self._judged(statement, place)
        self._alignment.refusals += refusals
        self._alignment.refusals.sort(key=lambda r: (r.new_line or 0, r.old_line or 0))
        self._note_new_names()
        return self._alignment

    def _visit_blocks(self, old: ast.AST, new: ast.AST, place: Place) -> None:
        earlier: list[list[ast.stmt]] = []
        for below, above in zip(blocks(old), blocks(new)):
            self._visit_block(old, below, above, place_of_block(old, below, earlier, place))
            earlier.append(below)
        self._check_docstring(old, new)

    def _visit_block(self, owner: ast.AST, below: list[ast.stmt], above: list[ast.stmt], place: Place) -> None:
        steps = self._matcher.steps(below, above)
        self._gaps += _gaps(steps, place, owner)
        self._lost.update(s.old for s in steps if s.old and not s.new and not isinstance(s.old, ast.Pass))
        for step in steps:
            if step.old is None and step.new is not None:
                self._added.append((step.new, place))
            elif step.old is not None and step.new is not None:
                self._visit_match(step.old, step.new, place)
                place = place.after(step.old)

    def _visit_match(self, old: ast.stmt, new: ast.stmt, place: Place) -> None:
        for part in pair_header(old, new, place.in_header(old), self._logged, self._alignment):
            self._note_logged(new, part)
        self._visit_blocks(old, new, place)

    def _note_logged(self, statement: ast.stmt, part: LoggedPart) -> None:
        name = self._logged.name(part.call)
        self._alignment.wrapped.append(_probe(statement, part.place, part.call.lineno))
        objection = objection_to_name(name, part.place, self._table)
        if objection is not None:
            self._alignment.refusals.append(self._refusal(objection, statement))
        self._note_cautions(name, part.place)

    def _judged(self, statement: ast.stmt, place: Place) -> list[Refusal]:
        objection = first_objection(statement, place, self._table)
        if objection is not None:
            return [self._refusal(objection, statement)]
        self._note_cautions(statement, place)
        return []

    def _refusal(self, objection: Objection, statement: ast.stmt) -> Refusal:
        node = objection.node if hasattr(objection.node, "lineno") else statement
        line: int = node.lineno
        # The innermost statement that holds the line: of a block that is added, one line may be all that is wrong.
        quoted = [s for s in statements_in(statement) if s.lineno <= line <= (s.end_lineno or line)][-1:]
        reason = f"the added statement {objection.reason}"
        return Refusal(None, line, "", self._new_source.text((quoted or [statement])[0]), reason, objection.hint)

    def _check_docstring(self, old: ast.AST, new: ast.AST) -> None:
        """What comes to stand first changes `__doc__` (which argparse may print), unless it is what stood there."""
        if not isinstance(old, _DOCUMENTED) or not isinstance(new, _DOCUMENTED) or not (old.body and new.body):
            return
        was, first = old.body[0], new.body[0]
        if first in self._alignment.pairs or was in self._lost:
            return
        if is_docstring(first, new):
            reason = "the added string becomes a docstring"
            self._docstring_refusals.append(self._docstring_refusal(None, first, reason))
        elif is_docstring(was, old):
            reason = "the added statement stands before the docstring, which is none then"
            self._docstring_refusals.append(self._docstring_refusal(was, first, reason))

    def _docstring_refusal(self, old: ast.stmt | None, new: ast.stmt, reason: str) -> Refusal:
        new_text = self._new_source.text(new)
        if old is None:
            return Refusal(None, new.lineno, "", new_text, reason)
        return Refusal(old.lineno, new.lineno, self._old_source.text(old), new_text, reason, "put the probe below the docstring")

    def _note_cautions(self, node: ast.AST, place: Place) -> None:
        names = self._table.used_in_sight(place.scope)
        self._alignment.warnings += cautions(node, names, self._new_source)

    def _note_new_names(self) -> None:
        new = ScopeTable(self._new)
        new_names = (new.of(self._new).bindings.keys() | new.declared_global) - self._table.used(self._old)
        self._alignment.new_names = frozenset(new_names)
        if new_names and (used := self._table.identifiers & _NAMESPACE_CALLS):
            named = ", ".join(f"`{name}`" for name in sorted(new_names))
            reason = f"the program calls `{sorted(used)[0]}()`, which sees the new name {named} as well"
            self._alignment.warnings.append(Caution(1, named, reason))


def _gaps(steps: list[Step], place: Place, owner: ast.AST) -> Iterator[Gap]:
    """What lies between the matched statements of one block."""
    lost: list[ast.stmt] = []
    added: list[ast.stmt] = []
    is_first = True
    for step in [*steps, None]:
        if step is not None and step.new is None and step.old is not None:
            lost.append(step.old)
        elif step is not None and step.old is None and step.new is not None:
            added.append(step.new)
        else:
            if lost or added:
                next_line = step.new.lineno if step is not None and step.new is not None else None
                yield Gap(place, lost, added, next_line, owner, is_first)
                lost, added = [], []
            is_first = False


def _probe(statement: ast.stmt, place: Place, line: int) -> Probe:
    return Probe(statement, place.loops, place.function, line, place.lazy)
