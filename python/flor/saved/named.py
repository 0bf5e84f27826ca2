"""A state that consists of named objects and what they refer to: capturing it, and putting it back into the objects of that name.

No frame, no module and nothing of the process is a part of it. Code is found by its name alone, so a script may be edited
between saving and restoring.
"""

from __future__ import annotations

from types import CodeType, FunctionType
from typing import Any

import _flor

from ..project import code_by_name
from ..state import collector, snapshot
from ..state.frozen import FrozenItems
from ..state.graph import SAVED_OBJECTS, SAVED_PLACE, Graph
from ..state.in_place import InPlace
from .matching import Mismatch, check
from .places import Place


class _Code:
    """What a walk and a restoration ask about code: all of it is a library's."""

    def owns_module(self, name: str | None) -> bool:
        return False

    def function_key(self, function: FunctionType) -> tuple[Any, ...]:
        return (function.__module__, function.__qualname__)

    def added_cells(self, code: Any) -> frozenset[str]:
        return frozenset()

    def code_for(self, key: tuple[Any, ...]) -> tuple[CodeType, dict[str, Any]] | None:
        module, qualified_name = key
        return code_by_name(module, qualified_name)


_CODE = _Code()
_CORE: Any = _flor


def take(objects: dict[str, Any], place: Place | None, frozen: FrozenItems) -> snapshot.Snapshot:
    """The state of the objects as it is now, with the place where that is. The leaves point into live memory."""
    with collector.paused():
        walk = snapshot.walk_with(_CORE, _CODE, frozen)
        if place is not None:
            walk.root(SAVED_PLACE, place.encode())
        walk.scope(SAVED_OBJECTS, dict(objects))
        walk.run()
        return snapshot.Snapshot.of(walk, walk.count_references())


def place_of(graph: Graph) -> Place | None:
    """Where a state of named objects was captured; None of any other state. `ValueError` where it says nothing sensible."""
    text = graph.roots.get(SAVED_PLACE)
    return Place.decode(text) if isinstance(text, str) else None


class Restoration(InPlace):
    """Puts one checkpoint into the live objects. `prepare` may refuse and leaves everything as it is; `load` writes."""

    def __init__(self, checkpoint: snapshot.Checkpoint, live: snapshot.Snapshot) -> None:
        super().__init__(checkpoint, live, _CORE, _CODE, {})

    def prepare(self) -> None:
        """Decides everything. Raises `Mismatch`, or another `Unrestorable`."""
        check(self.match)
        self.build.run()
        recorded, live = (graph.nodes[graph.roots[SAVED_OBJECTS]] for graph in (self.checkpoint.graph, self.live.graph))
        partners = dict(zip(live[3], live[4]))
        for name, reference in zip(recorded[3], recorded[4]):
            if self.build.objects[reference] is not self.live.objects[partners[name]]:
                raise Mismatch(name, "an object that would have to be replaced", "one that cannot be changed in place")
