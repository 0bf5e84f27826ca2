"""The walk over live objects: every object once, one node each, without recursion.

`Walk.reference(object)` gives the reference of an object and remembers to describe it; `Walk.run()` describes until nothing is
left. What a node of each kind holds is in `graph.Tag`; how it is read from an object is in `describe` (Python's own types),
`arrays` (NumPy) and `tensors` (PyTorch).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from .graph import ATOMS, Graph, Node, Reference


@dataclass
class Leaf:
    """A buffer of state: `nbytes` bytes at `address`, kept alive by `owner`. The memory is read later, by the arena."""

    address: int
    nbytes: int
    owner: Any


class ProjectFacts(Protocol):
    """What a walk asks about the project."""

    def owns_module(self, name: str | None) -> bool: ...

    def function_key(self, function: Any) -> tuple[Any, ...]: ...


class Extent:
    """Stands for the type of a storage seen through tensors: described with the bytes that they reach."""


Describer = Callable[["Walk", Any], Node]


class Walk:
    """One traversal. `objects[i]` is the live object of `graph.nodes[i]`."""

    def __init__(self, project: ProjectFacts, describer_of: Callable[[type], Describer]) -> None:
        self.project = project
        self.graph = Graph()
        self.objects: list[Any] = []
        self.leaves: list[Leaf] = []
        self._memo: dict[Any, int] = {}
        self._shapes: dict[tuple[str, ...], int] = {}
        self._leaf_numbers: dict[tuple[int, int], int] = {}
        self._pending: list[int] = []
        self._storages: list[int] = []
        self._extents: dict[int, int] = {}
        self._describer_of = describer_of

    def root(self, label: str, value: Any) -> None:
        self.graph.roots[label] = self.reference(value)

    def reference(self, value: Any) -> Reference:
        """The reference of `value`; atoms stand for themselves."""
        kind = type(value)
        if kind in ATOMS:
            if kind is int:
                return (value,)
            if kind is not bytes or len(value) <= BIG_BYTES:
                return value
        known = self._memo.get(id(value))
        return known if known is not None else self._add(id(value), value)

    def reference_by(self, key: Any, value: Any) -> int:
        """Like `reference`, for what Python wraps anew at each look (a tensor's storage): `key` says which one it is."""
        known = self._memo.get(key)
        return known if known is not None else self._add(key, value)

    def _add(self, key: Any, value: Any) -> int:
        number = self._register(key, value)
        self._pending.append(number)
        return number

    def _register(self, key: Any, value: Any) -> int:
        number = len(self.objects)
        self._memo[key] = number
        self.objects.append(value)  # also keeps it alive, so that its id stays its own
        self.graph.nodes.append(())
        return number

    def references(self, values: Any) -> tuple[Reference, ...]:
        return tuple(map(self.reference, values))

    def shape(self, names: tuple[str, ...]) -> int:
        """The number of a tuple of attribute names."""
        number = self._shapes.get(names)
        if number is None:
            number = self._shapes[names] = len(self.graph.shapes)
            self.graph.shapes.append(names)
        return number

    def leaf(self, address: int, nbytes: int, owner: Any) -> int:
        """The number of a buffer; one buffer seen twice is one leaf."""
        if nbytes == 0:
            address = 0
        number = self._leaf_numbers.get((address, nbytes))
        if number is None:
            number = self._leaf_numbers[address, nbytes] = len(self.leaves)
            self.leaves.append(Leaf(address, nbytes, owner))
        return number

    def storage(self, storage: Any, extent_bytes: int) -> int:
        """The reference of a tensor's storage, of which a tensor reaches the first `extent_bytes`.

        What lies beyond every tensor's reach was never written: it is other bytes in each run, and no state.
        """
        key = ("storage", storage._cdata)
        number = self._memo.get(key)
        if number is None:
            number = self._register(key, storage)
            self._storages.append(number)
        self._extents[number] = max(extent_bytes, self._extents.get(number, 0))
        return number

    def run(self) -> None:
        """Describes everything that is reachable; storages last, when it is known how far tensors reach into them."""
        self._describe_pending()
        for number in self._storages:
            self.graph.nodes[number] = self._describer_of(Extent)(self, (self.objects[number], self._extents[number]))

    def _describe_pending(self) -> None:
        nodes, objects, pending, describer_of = self.graph.nodes, self.objects, self._pending, self._describer_of
        while pending:
            number = pending.pop()
            value = objects[number]
            nodes[number] = describer_of(type(value))(self, value)


BIG_BYTES = 16_384
