"""The walk over live objects: every object once, one node each, without recursion.

`Walk.reference(object)` gives the reference of an object and remembers to describe it; `Walk.run()` describes until nothing is
left. What a node of each kind holds is in `graph.Tag`; which function reads it from an object, in `describe`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from .frozen import FrozenItems, Stretch
from .graph import ATOMS, Graph, Node, Reference, Tag
from .referrers import count_references
from .shared_memory import mark_shared

if TYPE_CHECKING:
    from .device_copies import DeviceCopies

# What `Leaf.content` says of memory that is no constant.
PROGRAM_MEMORY = 0
UNWATCHABLE = -1  # memory that a device writes to, behind the back of the processor's page tables
SMALLEST_WATCHED_BYTES = 1 << 20  # as `StillLeaves` has it; smaller memory is copied each time, whosever it is
COPY = -2  # made for this walk: nobody else has it, and it stays as it is for as long as it is kept


@dataclass(slots=True)
class Leaf:
    """A buffer of state: `nbytes` bytes at `address`, kept alive by `owner`. The memory is read later, by the arena.

    `content` is a positive number where the bytes never change: the same number stands for the same bytes. `item_bytes` is the
    size of the numbers in it, 1 where nothing is known of them. `origin` is where the program has what is copied here; 0: here.
    """

    address: int
    nbytes: int
    owner: Any
    content: int = PROGRAM_MEMORY
    item_bytes: int = 1
    origin: int = 0


# A leaf as `_flor` is told of it: address, bytes, content, bytes of an item, and where the program has it.
KnownLeaf = tuple[int, int, int, int, int]


class ProjectFacts(Protocol):
    """What a walk asks about the project."""

    def owns_module(self, name: str | None) -> bool: ...

    def function_key(self, function: Any) -> tuple[Any, ...]: ...

    def added_cells(self, code: Any) -> frozenset[str]: ...


class Extent:
    """Stands for the type of a storage seen through tensors: described with the bytes that they reach."""


Describer = Callable[["Walk", Any], Node]


class Walk:
    """One traversal. `objects[i]` is the live object of `graph.nodes[i]`."""

    def __init__(self, project: ProjectFacts, describer_of: Callable[[type], Describer], frozen: FrozenItems) -> None:
        self.project = project
        self.graph = Graph()
        self.objects: list[Any] = []
        self.leaves: list[Leaf] = []  # to be read when the copies from devices have ended
        self._memo: dict[Any, int] = {}
        self._shapes: dict[tuple[str, ...], int] = {}
        self._leaf_numbers: dict[tuple[int, int], int] = {}
        self._pending: list[int] = []
        self._storages: list[int] = []
        self._memories: list[int] = []
        self._extents: dict[int, int] = {}
        self._item_bytes: dict[int, int] = {}
        self._describer_of = describer_of
        self._frozen = frozen
        self._scopes: set[int] = set()
        self._originals: dict[int, int] = {}
        self.device_copies: DeviceCopies | None = None

    def root(self, label: str, value: Any) -> None:
        self.graph.roots[label] = self.reference(value)

    def scope(self, label: str, names: dict[str, Any]) -> None:
        """A root whose items are the names of the program: a dict, however many there are and whatever they hold."""
        self._scopes.add(id(names))
        self.root(label, names)

    def copy_of(self, copy: Any, original: Any) -> Any:
        """Tells that `copy` was made for this walk, from a part of `original`, which the next walk will meet again."""
        self._originals[id(copy)] = id(original)
        return copy

    def stretches_of(self, container: Any) -> list[Stretch] | None:
        """The items of a container where it is frozen."""
        key = id(container)
        return None if key in self._scopes else self._frozen.stretches_of(container, self._originals.get(key, key))

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

    def memory(self, start: int, end: int, value: Any) -> int:
        """The reference of an array's memory, of which the walk makes itself an object: where it lies says which one it is."""
        key = ("memory", start, end)
        known = self._memo.get(key)
        if known is None:
            known = self._add(key, value)
            self._memories.append(known)
        return known

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

    def attributes_of(self, value: Any) -> dict[str, Any]:
        """What is in an object's `__dict__`, as it is or as a copy."""
        attributes: dict[str, Any] = object.__getattribute__(value, "__dict__")
        return attributes

    def references(self, values: Any) -> tuple[Reference, ...]:
        return tuple(map(self.reference, values))

    def shape(self, names: tuple[str, ...]) -> int:
        """The number of a tuple of attribute names."""
        number = self._shapes.get(names)
        if number is None:
            number = self._shapes[names] = len(self.graph.shapes)
            self.graph.shapes.append(names)
        return number

    def leaf(self, address: int, nbytes: int, owner: Any, content: int = PROGRAM_MEMORY, item_bytes: int = 1) -> int:
        """The number of a buffer; one buffer seen twice is one leaf."""
        if nbytes == 0:
            address = 0
        number = self._leaf_numbers.get((address, nbytes))
        if number is None:
            number = self._leaf_numbers[address, nbytes] = len(self.leaves)
            self.leaves.append(Leaf(address, nbytes, owner, content, item_bytes))
        return number

    def leaf_of_bytes(self, value: bytes, content: int = PROGRAM_MEMORY) -> int:
        """A leaf for the contents of a bytes object: they follow its header, and never move while it is alive."""
        return self.leaf(id(value) + bytes.__basicsize__ - 1, len(value), value, content)

    def storage(self, storage: Any, extent_bytes: int, item_bytes: int = 1) -> int:
        """The reference of a tensor's storage, of which a tensor with items of `item_bytes` reaches the first `extent_bytes`.

        What lies beyond every tensor's reach was never written: it is other bytes in each run, and no state.
        """
        key = ("storage", storage._cdata)
        number = self._memo.get(key)
        if number is None:
            number = self._register(key, storage)
            self._storages.append(number)
        self._extents[number] = max(extent_bytes, self._extents.get(number, 0))
        self._item_bytes[number] = max(item_bytes, self._item_bytes.get(number, 1))
        return number

    def run(self) -> None:
        """Describes everything that is reachable; storages last, when it is known how far tensors reach into them."""
        self._describe_pending()
        for number in self._storages:
            extent = (self.objects[number], self._extents[number], self._item_bytes[number])
            self.graph.nodes[number] = self._describer_of(Extent)(self, extent)
        self._end()

    def count_references(self) -> dict[int, int]:
        """How many references there are to the objects that can be written in place (`referrers`), by node."""
        return count_references(self.graph, self.objects)

    def _end(self) -> None:
        if self._storages and self._memories:
            mark_shared(self, self._storages + self._memories)
        self._frozen.end_walk()

    def _describe_pending(self) -> None:
        nodes, objects, pending, describer_of = self.graph.nodes, self.objects, self._pending, self._describer_of
        while pending:
            number = pending.pop()
            value = objects[number]
            try:
                nodes[number] = describer_of(type(value))(self, value)
            except Exception as error:  # what a foreign type raises when it is looked at: it cannot be taken apart
                nodes[number] = undescribed(value, error)


def number_bytes(item_bytes: int, is_complex: bool) -> int:
    """The size of the numbers that an item consists of; 1 where it consists of something else."""
    size = item_bytes // 2 if is_complex else item_bytes
    return size if size in (2, 4, 8) else 1


def undescribed(value: Any, error: Exception) -> Node:
    """The node of an object that refused to be read: opaque, so that no state with it in is ever restored."""
    return (Tag.OPAQUE, type(value).__qualname__, None, f"it cannot be read: {type(error).__name__}: {error}")


BIG_BYTES = 16_384
