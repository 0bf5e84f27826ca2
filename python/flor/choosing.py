"""What of the log a replay is to show: positions as the user writes them, and the loops of the program that they speak of.

    epoch=7            the iteration in which the loop variable `epoch` is 7
    epoch=7,step=30    inside it, the one in which `step` is 30
    12=7               the eighth iteration of the loop at line 12 of the script; `model.py:12=7` of that in another file

Or only a loop, of whose iterations some are to be shown: `epoch`, `12`, or nothing for the outermost ones that have to run.

The result is plain values for `plan.json`; `runtime/choice.py` follows them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from .probes import ProjectDiff
from .record_of_run import FunctionsRan, RecordedRun
from .rewrite import LoopSite, Survey, survey
from .runtime.sites import SiteKey


class WrongPosition(ValueError):
    """A position that speaks of no loop of the program."""


@dataclass(frozen=True)
class PresentLoop:
    """A loop as the user sees it now, with its recorded number and what is around it in its file's recorded text."""

    path: str
    site: LoopSite
    line: int
    names: Mapping[str, tuple[int, ...]]  # the variables, each with its place in an item
    around: frozenset[int]
    function: int | None

    @property
    def key(self) -> SiteKey:
        return self.path, self.site.ordinal


@dataclass
class _File:
    """One project file: its loops, each with those around it. Both trees are the same where it was not edited."""

    path: str
    new_tree: ast.Module
    recorded: Survey
    old_of: Mapping[ast.AST, ast.AST] | None

    def loops(self) -> Iterator[PresentLoop]:
        pending: list[tuple[ast.AST, frozenset[int], int | None]] = [(self.new_tree, frozenset(), None)]
        while pending:
            node, around, function = pending.pop()
            old = node if self.old_of is None else self.old_of.get(node)
            if isinstance(old, ast.stmt) and old in self.recorded.loops and isinstance(node, (ast.For, ast.While)):
                site = self.recorded.loops[old]
                around = around | {site.ordinal}
                yield PresentLoop(self.path, site, node.lineno, _targets(node), around, function)
            elif old is not None and old in self.recorded.functions:
                around, function = frozenset(), self.recorded.functions[old].ordinal
            pending += [(child, around, function) for child in ast.iter_child_nodes(node)]


def _targets(loop: ast.For | ast.While) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    pending: list[tuple[ast.AST, tuple[int, ...]]] = [] if isinstance(loop, ast.While) else [(loop.target, ())]
    while pending:
        target, place = pending.pop()
        if isinstance(target, ast.Name):
            found[target.id] = place
        elif isinstance(target, ast.Starred):
            pending.append((target.value, (*place, -1)))  # no place of one value
        elif isinstance(target, (ast.Tuple, ast.List)):
            # From the last on, so that the first is taken first: a position is named after the first variable.
            pending += reversed([(part, (*place, number)) for number, part in enumerate(target.elts)])
    return found


def present_loops(run: RecordedRun, diff: ProjectDiff) -> list[PresentLoop]:
    found: list[PresentLoop] = []
    for path, source in run.sources.items():
        file = diff.files.get(path)
        if file is not None:
            present = _File(path, file.new_tree, survey(file.old_tree), file.alignment.pairs)
        else:
            tree = ast.parse(source)
            present = _File(path, tree, survey(tree), None)
        found += present.loops()
    return sorted(found, key=lambda one: (one.path, one.line))


@dataclass
class Choice:
    """Collects what the positions speak of. `positions` are lists of terms, a term `[name or null, site or null, value]`."""

    main: str
    loops: list[PresentLoop]
    ran: FunctionsRan
    watched: dict[SiteKey, tuple[PresentLoop, set[str]]] = field(default_factory=dict)

    def position(self, text: str) -> list[list[Any]]:
        return [self._term(part.strip(), text) for part in text.split(",")]

    def _term(self, part: str, text: str) -> list[Any]:
        name, equals, value = (one.strip() for one in part.partition("="))
        if not (name and equals and value):
            raise WrongPosition(f"`{text}` is no position: it would be like `epoch=7` or `12=7`")
        path, _, line = name.rpartition(":")
        if line.isdigit():
            if not value.isdigit():
                raise WrongPosition(f"`{text}`: of a loop that is named by its line, iterations are counted from 0")
            loop = self._at_line(path or self.main, int(line))
            self._watch(loop)
            return [None, list(loop.key), value]
        found = [loop for loop in self.loops if name in loop.names]
        if not found:
            known = sorted({name for loop in self.loops for name in loop.names})
            raise WrongPosition(f"no loop has the variable `{name}`; there are {', '.join(known) or 'none'}")
        usable = [loop for loop in found if loop.site.refusal is None]
        for loop in usable or found[:1]:
            self._watch(loop, name)
        return [name, None, value]

    def each(self, text: str, must_run: AbstractSet[SiteKey]) -> None:
        """All iterations of a loop."""
        if text:
            self._term(f"{text}=0", text)
            return
        loops = [loop for loop in self.loops if loop.key in must_run and loop.site.refusal is None]
        for loop in loops:
            if not any(self._is_inside(loop, other) for other in loops):
                self._watch(loop)
        if not loops:
            raise WrongPosition("no loop has to run, so it is not clear which one's iterations are meant")

    def _is_inside(self, loop: PresentLoop, other: PresentLoop) -> bool:
        if loop.path == other.path and other.site.ordinal in loop.around - {loop.site.ordinal}:
            return True
        return loop.function is not None and (loop.path, loop.function) in self.ran.get(other.key, frozenset())

    def _at_line(self, path: str, line: int) -> PresentLoop:
        for loop in self.loops:
            if (loop.path, loop.line) == (path, line):
                return loop
        known = ", ".join(f"{loop.path}:{loop.line}" for loop in self.loops)
        raise WrongPosition(f"there is no loop at {path}:{line}; there are {known or 'none'}")

    def _watch(self, loop: PresentLoop, name: str | None = None) -> None:
        if loop.site.refusal is not None:
            raise WrongPosition(f"the iterations of the loop at {loop.path}:{loop.line} cannot be told: {loop.site.refusal}")
        names = self.watched.setdefault(loop.key, (loop, set()))[1]
        if name is not None:
            names.add(name)

    def described(self) -> dict[str, Any]:
        return {
            "watched": [self._watched(loop, names) for _, (loop, names) in sorted(self.watched.items())],
            "under": [[*site, [list(key) for key in sorted(keys)]] for site, keys in sorted(self._under().items())],
        }

    def _watched(self, loop: PresentLoop, names: set[str]) -> dict[str, Any]:
        places = {name: list(loop.names[name]) for name in names}
        is_recursive = loop.function is not None and (loop.path, loop.function) in self.ran.get(loop.key, frozenset())
        return {
            "site": list(loop.key),
            "names": sorted(names),
            "places": places,
            "is_recursive": is_recursive,
            "line": loop.line,
        }

    def _under(self) -> dict[SiteKey, set[SiteKey]]:
        """The sites in whose executions watched loops may run, each with those."""
        found: dict[SiteKey, set[SiteKey]] = {}
        for key, (loop, _) in self.watched.items():
            for ordinal in loop.around:
                found.setdefault((loop.path, ordinal), set()).add(key)
            if loop.function is None:
                continue
            function = (loop.path, loop.function)
            for site in (function, *(site for site, ran in self.ran.items() if function in ran)):
                found.setdefault(site, set()).add(key)
        return found


def choice(
    asked: Mapping[str, Any], run: RecordedRun, diff: ProjectDiff, ran: FunctionsRan, must_run: AbstractSet[SiteKey]
) -> dict[str, Any]:
    """`asked` is what the command line says."""
    main = next((path for path, module in run.modules.items() if module == "__main__"), "")
    found = Choice(main, present_loops(run, diff), ran)
    positions = {
        "at": [found.position(text) for text in asked.get("at", [])],
        "from": found.position(asked["from"]) if asked.get("from") else None,
        "to": found.position(asked["to"]) if asked.get("to") else None,
    }
    if asked.get("of") is not None:
        found.each(asked["of"], must_run)
    return {**positions, **found.described(), "totals": _totals(run)}


def positions(run: RecordedRun, diff: ProjectDiff, must_run: AbstractSet[SiteKey]) -> list[list[Any]]:
    """The loops in which a probe may be, with their present lines and their variables."""
    loops = [loop for loop in present_loops(run, diff) if loop.site.refusal is None and loop.key in must_run]
    return [[*loop.key, loop.line, loop.names] for loop in loops]


def _totals(run: RecordedRun) -> list[list[Any]] | None:
    """How many executions of each site the recorded program began; None where it was interrupted."""
    if run.end is None:
        return None
    counters = run.end["counters"]
    return [[path, ordinal, count] for path, ones in counters.items() for ordinal, count in ones]
