"""Whether saved objects and the script's are made alike: the classes, a module's parts, the parameters that an optimizer works on.

A restore in place brings any object to what it was, and so would make a model of another script's shape out of this one's. What a
script builds before it restores is its text, and no state.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..state.build import Unrestorable
from ..state.difference import shown
from ..state.graph import SAVED_OBJECTS, Graph, Node, Reference, Tag, is_reference
from ..state.match import Match
from ..state.paths import Paths

# The attributes in which a `torch.nn.Module` keeps its parts, by name.
_MODULES, _PARAMETERS, _BUFFERS = "_modules", "_parameters", "_buffers"
# That in which a `torch.optim.Optimizer` has what it works on.
_GROUPS = "param_groups"


class Mismatch(Unrestorable):
    """An object that is made in another way than the one that was saved."""

    def __init__(self, path: str, recorded: str, live: str) -> None:
        super().__init__(f"`{path}` does not match: {recorded} in the checkpoint, {live} here")


def check(match: Match) -> None:
    """Raises `Mismatch` at the first object that does not match. `match` is of two states of objects with the same names."""
    _Check(match).run()


class _Check:
    def __init__(self, match: Match) -> None:
        self._match, self._recorded, self._live = match, match.recorded, match.live

    def run(self) -> None:
        self._named_objects()
        for number, partner in enumerate(self._match.live_of):
            if partner is None or self._recorded.nodes[number][0] != Tag.INSTANCE:
                continue
            recorded, live = _attributes(self._recorded, number), _attributes(self._live, partner)
            if {_MODULES, _PARAMETERS, _BUFFERS} <= recorded.keys() & live.keys():
                self._module(number, recorded, live)
            elif _GROUPS in recorded and _GROUPS in live:
                self._optimizer(number, recorded[_GROUPS], live[_GROUPS])

    def _named_objects(self) -> None:
        recorded, live = (_items(graph, graph.roots[SAVED_OBJECTS]) for graph in (self._recorded, self._live))
        for name, reference in recorded.items():
            if self._is_other(reference, live[name]):
                raise Mismatch(name, *self._both(reference, live[name]))

    def _module(self, number: int, recorded: dict[str, Reference], live: dict[str, Reference]) -> None:
        for kind in (_MODULES, _PARAMETERS, _BUFFERS):
            parts, live_parts = _items(self._recorded, recorded[kind]), _items(self._live, live[kind])
            for name in dict.fromkeys((*parts, *live_parts)):
                if name not in parts:
                    raise Mismatch(self._path(number, name), "nothing", shown(self._live, live_parts[name]))
                if name not in live_parts:
                    raise Mismatch(self._path(number, name), shown(self._recorded, parts[name]), "nothing")
                self._part(number, name, parts[name], live_parts[name], is_state=kind == _BUFFERS)

    def _part(self, number: int, name: str, recorded: Reference, live: Reference, is_state: bool) -> None:
        """A part of a module. What a buffer holds is state; its form is not."""
        if self._is_other(recorded, live) and not is_state:
            raise Mismatch(self._path(number, name), *self._both(recorded, live))
        if not (is_reference(recorded) and is_reference(live)):
            return
        forms = _form(self._recorded, recorded), _form(self._live, live)
        if None not in forms and forms[0] != forms[1]:
            raise Mismatch(self._path(number, name), *map(_told, forms))

    def _optimizer(self, number: int, recorded: Reference, live: Reference) -> None:
        """A group that came later, in the training, is state; the groups that there are have to work on what is here."""
        groups, live_groups = list(_parameters(self._recorded, recorded)), list(_parameters(self._live, live))
        partners = [[self._match.live_of[one] for one in group] for group in groups]
        is_missing = any(None in group for group in partners)
        if is_missing or len(groups) < len(live_groups) or any(a != b for a, b in zip(partners, live_groups)):
            told, told_here = (f"parameters by groups: {[*map(len, one)]}" for one in (groups, live_groups))
            raise Mismatch(self._path(number, _GROUPS), told, told_here if told_here != told else "others")

    def _is_other(self, recorded: Reference, live: Reference) -> bool:
        """Whether what stands at one place is not the same object on both sides."""
        if is_reference(recorded) and is_reference(live):
            return bool(self._match.live_of[recorded] != live)
        return is_reference(recorded) or is_reference(live)

    def _both(self, recorded: Reference, live: Reference) -> tuple[str, str]:
        told, told_here = shown(self._recorded, recorded), shown(self._live, live)
        if told != told_here or not is_reference(recorded):
            return told, told_here
        # Objects of one kind, of which another name's has been found to be the other one's partner.
        return f"{told}, which other names have too", f"{told_here}, which they have not"

    def _path(self, number: int, part: str) -> str:
        return f"{Paths(self._recorded).get(number)}.{part}"


def _attributes(graph: Graph, number: int) -> dict[str, Reference]:
    node = graph.nodes[number]
    return dict(zip(graph.shapes[node[3]], node[4]))


def _items(graph: Graph, reference: Reference) -> dict[Any, Reference]:
    """The items of a dict whose keys are texts; nothing where it is something else."""
    node: Node = graph.nodes[reference] if is_reference(reference) else ()
    return dict(zip(node[3], node[4])) if node and node[0] == Tag.DICT else {}


def _parameters(graph: Graph, groups: Reference) -> Iterator[list[int]]:
    """Those of each group of an optimizer."""
    for group in _members(graph, groups):
        yield _members(graph, _items(graph, group).get("params"))


def _members(graph: Graph, reference: Reference) -> list[int]:
    """The objects in a list; none where it is something else."""
    node: Node = graph.nodes[reference] if is_reference(reference) else ()
    return [one for one in node[1] if is_reference(one)] if node and node[0] == Tag.LIST else []


def _form(graph: Graph, number: int) -> tuple[str, list[int], str] | None:
    """Type, shape and device of a tensor; None of anything else."""
    node = graph.nodes[number]
    if node[0] != Tag.TENSOR or graph.nodes[node[2]][0] != Tag.STORAGE:
        return None
    return node[3], list(node[4][1]), graph.nodes[node[2]][1]


def _told(form: tuple[str, list[int], str] | None) -> str:
    assert form is not None
    return f"{form[0]} {form[1]} on {form[2]}"
