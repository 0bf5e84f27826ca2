"""Why a recorded statement was not found again, in words."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flor.probes.model import Refusal
from flor.probes.place import Place
from flor.probes.shape import Fingerprints, blocks, header, statements_in
from flor.probes.source import Source, header_text

_KINDS = (
    (ast.Assign, ast.AugAssign, ast.AnnAssign),
    (ast.For, ast.AsyncFor),
    (ast.With, ast.AsyncWith),
    (ast.FunctionDef, ast.AsyncFunctionDef),
    (ast.Import, ast.ImportFrom),
)
_STATEMENTS = {
    ast.For: "the loop's header",
    ast.AsyncFor: "the loop's header",
    ast.While: "the loop's condition",
    ast.If: "the condition",
    ast.With: "the `with` statement's header",
    ast.AsyncWith: "the `with` statement's header",
    ast.Try: "what the `try` statement catches",
    ast.Match: "the `match` statement's subject or patterns",
}
_FIELDS = {
    (ast.For, "target"): "the loop's variable",
    (ast.For, "iter"): "what the loop goes over",
    (ast.FunctionDef, "name"): "the function's name",
    (ast.FunctionDef, "args"): "the signature",
    (ast.FunctionDef, "decorator_list"): "a decorator",
    (ast.FunctionDef, "returns"): "the signature",
    (ast.ClassDef, "name"): "the class's name",
    (ast.ClassDef, "bases"): "a base of the class",
    (ast.ClassDef, "keywords"): "a base of the class",
    (ast.ClassDef, "decorator_list"): "a decorator",
}


@dataclass(frozen=True)
class Gap:
    """Between two matched statements of a block: what was lost there and what was added."""

    place: Place
    lost: list[ast.stmt]
    added: list[ast.stmt]
    next_line: int | None
    owner: ast.AST
    is_first: bool


class Changes:
    """Words the differences of two trees, and keeps which added statements it has dealt with."""

    def __init__(self, gaps: Iterable[Gap], exact: Fingerprints, old_source: Source, new_source: Source) -> None:
        self._gaps = list(gaps)
        self._exact = exact
        self._old_source = old_source
        self._new_source = new_source
        self._added_below = {s: top for gap in self._gaps for top in gap.added for s in statements_in(top)}
        self._by_number: dict[int, list[ast.stmt]] = {}
        for statement in self._added_below:
            self._by_number.setdefault(exact.statement(statement), []).append(statement)
        self._subjects: dict[ast.stmt, object] = {}
        self.explained: set[ast.stmt] = set()
        """Added statements that are one side of a refusal already."""

    def refusals(self, is_probe: Callable[[ast.stmt, Place], bool]) -> list[Refusal]:
        """One refusal for each recorded statement that was lost; what moved together is one."""
        found: list[Refusal] = []
        for gap in self._gaps:
            lost = [statement for statement in gap.lost if not isinstance(statement, ast.Pass)]
            lost = [statement for statement in lost if not self._note_move(statement, found)]
            for statement in lost:
                found.append(self._changed_or_removed(statement, gap, lost, is_probe))
        return found

    def _note_move(self, old: ast.stmt, found: list[Refusal]) -> bool:
        """Whether the statement stands elsewhere now, as one that was added or below one."""
        for new in self._by_number.get(self._exact.statement(old), ()):
            top = self._added_below[new]
            if new is not top:
                if top not in self.explained:
                    keyword = header_text(top).split()[0].rstrip(":")
                    reason = f"recorded statements were moved into the added `{keyword}` of line {top.lineno}"
                    found.append(self._refusal(old, new, reason, "let the probe stand beside the recorded statements"))
                self.explained.add(top)
                return True
            if new not in self.explained:
                self.explained.add(new)
                found.append(self._refusal(old, new, f"the statement was moved here from line {old.lineno}"))
                return True
        return False

    def _changed_or_removed(
        self, old: ast.stmt, gap: Gap, lost: list[ast.stmt], is_probe: Callable[[ast.stmt, Place], bool]
    ) -> Refusal:
        new = self._counterpart(old, gap, lost, is_probe)
        if new is None:
            text = self._old_source.text(old)
            return Refusal(old.lineno, gap.next_line, text, "", "a recorded statement was removed")
        self.explained.add(new)
        if gap.is_first and old is gap.lost[0] and is_docstring(old, gap.owner):
            return self._refusal(old, new, "the docstring was changed")
        return self._refusal(old, new, self._what_changed(old, new))

    def _counterpart(
        self, old: ast.stmt, gap: Gap, lost: list[ast.stmt], is_probe: Callable[[ast.stmt, Place], bool]
    ) -> ast.stmt | None:
        """The added statement in the same place that a lost one seems to have become."""
        free = [new for new in gap.added if new not in self.explained and _same_kind(old, new)]
        for new in free:
            if self._subject(new) == self._subject(old):
                return new
        # The others of this kind belong to each other in their order, unless they belong to another statement.
        for new in free:
            if all(self._subject(new) != self._subject(other) for other in lost if other is not old):
                return new
        return next((new for new in gap.added if new not in self.explained and not is_probe(new, gap.place)), None)

    def _subject(self, statement: ast.stmt) -> object:
        if statement not in self._subjects:
            self._subjects[statement] = self._found_subject(statement)
        return self._subjects[statement]

    def _found_subject(self, statement: ast.stmt) -> object:
        """What a statement is about: two that share it are versions of each other."""
        if isinstance(statement, ast.Assign):
            return self._exact.value(statement.targets[0])
        if isinstance(statement, (ast.AugAssign, ast.AnnAssign)):
            return self._exact.value(statement.target)
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return statement.name
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            return self._exact.value(statement.value.func)
        if any(blocks(statement)):
            return tuple(tuple(map(self._exact.statement, block)) for block in blocks(statement))
        return None

    def _what_changed(self, old: ast.stmt, new: ast.stmt) -> str:
        if type(old) is not type(new) or not any(blocks(old)):
            return "the statement was changed"
        for (name, was), (_, now) in zip(header(old), header(new)):
            if self._exact.value(was) != self._exact.value(now):
                kind = ast.FunctionDef if isinstance(old, ast.AsyncFunctionDef) else type(old)
                return f"{_FIELDS.get((kind, name)) or _STATEMENTS.get(kind, 'the statement')} was changed"
        return "the statement was changed"

    def _refusal(self, old: ast.stmt, new: ast.stmt, reason: str, hint: str = "") -> Refusal:
        old_text, new_text = self._old_source.text(old), self._new_source.text(new)
        if old_text == new_text and self._exact.header(old) != self._exact.header(new):
            # The first lines agree: the difference is in a decorator, or further down a header of several lines.
            old_text, new_text = header_text(old), header_text(new)
        return Refusal(old.lineno, new.lineno, old_text, new_text, reason, hint)


def is_docstring(statement: ast.stmt, owner: ast.AST) -> bool:
    """Whether a first statement of a block is the docstring of what owns the block."""
    owns = isinstance(owner, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    return owns and isinstance(statement, ast.Expr) and isinstance(getattr(statement.value, "value", None), str)


def _same_kind(old: ast.stmt, new: ast.stmt) -> bool:
    return type(old) is type(new) or any(isinstance(old, kind) and isinstance(new, kind) for kind in _KINDS)
