"""Pass two of a restore: what object each recorded node will be. Nothing live is written here, so a refusal costs nothing.

A mutable object that has a partner stays the partner. An immutable one stays if everything below it is the same, else it is made
anew from its parts. What has no partner is made: as an empty shell where it is mutable, so that cycles close.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from . import make, write
from .compare import Comparison
from .graph import EMPTY, Graph, Node, Reference, Tag, atom, is_reference
from .iterators import Holders, is_iterator, stays_by_its_parts
from .layout import hashes_by_identity, layout_of
from .match import Match
from .paths import Paths
from .sets import Way, way_to_order
from .shared_attributes import sharing_instance
from .threads import waiting_thread

# Matched objects of these kinds may stay themselves only if nothing below them changed.
_IMMUTABLE = frozenset(
    {Tag.TUPLE, Tag.PLAIN_TUPLE, Tag.METHOD, Tag.BUILTIN_METHOD, Tag.REDUCED, Tag.BIG_BYTES, Tag.ENUM}
    | {Tag.HELD_STORAGE, Tag.STRETCH}
)


_CONTAINERS = frozenset({Tag.LIST, Tag.PLAIN_LIST, Tag.DICT, Tag.SET, Tag.DEQUE, Tag.FROZEN})


class Unrestorable(Exception):
    """The recorded state cannot be put into the live program; the message says which object, and why."""


class Code(Protocol):
    """Finds the code object of a recorded function."""

    def code_for(self, key: tuple[Any, ...]) -> tuple[types.CodeType, dict[str, Any]] | None: ...


class Build:
    """Decides and makes; `objects[r]` is what recorded node `r` will be."""

    def __init__(
        self,
        match: Match,
        live_objects: list[Any],
        comparison: Comparison,
        code: Code,
        frames: dict[str, types.FrameType],
        read_leaf: Callable[[int], bytes],
        assign_inline_attributes: Callable[[Any, dict[str, Any]], bool],
    ) -> None:
        self.match = match
        self.frames = frames
        self.graph: Graph = match.recorded
        self.comparison = comparison
        self.code = code
        self.read_leaf = read_leaf
        self.assign_inline_attributes = assign_inline_attributes
        self.live_objects = live_objects
        self.objects: list[Any] = [_UNDECIDED] * len(self.graph.nodes)
        self.made: set[int] = set()
        self.new_leaves: list[tuple[int, int, Any]] = []  # leaf, address, owner: memory that was allocated here
        self.to_device: list[tuple[Any, Any]] = []  # memory here, storage there: copied once the bytes are loaded
        self._paths: Paths | None = None
        self._written_storages: set[int] = set()

    def run(self) -> None:
        """Decides every node; raises `Unrestorable`."""
        self._written_storages = set(self._storages_that_stay())
        for number in range(len(self.graph.nodes)):
            self._decide(number)
        self._check_replaced_iterators()
        for number, node in enumerate(self.graph.nodes):
            if node[0] == Tag.SET and node[3] and not write.is_unchanged(self, number, node):
                self.way_to_order(number, node)

    def _check_replaced_iterators(self) -> None:
        replaced = [number for number in self.made if self._is_replaced_iterator(number)]
        holders = Holders(self, self.frames) if replaced else None
        for number in replaced:
            if holders is not None and not holders.are_all_known(self.match.live_of[number] or 0):
                raise self.refuse(number, "an iterator that moved, and is held where nothing can be bound anew")

    def _is_replaced_iterator(self, number: int) -> bool:
        partner = self.match.live_of[number]
        return self.graph.nodes[number][0] == Tag.REDUCED and partner is not None and is_iterator(self.live_objects[partner])

    def way_to_order(self, number: int, node: Node) -> Way:
        """How the members of a set are handed over to it, for it to give them in the recorded order."""
        target = self.objects[number] if isinstance(self.objects[number], set) else set()
        way = way_to_order([self.value(member) for member in node[2]], node[3], target)
        if way is None:
            raise self.refuse(number, "a set whose order depends on its history")
        return way

    def value(self, reference: Reference) -> Any:
        """The object, or the atom, that a reference stands for."""
        return self.objects[reference] if is_reference(reference) else atom(reference)

    def refuse(self, number: int, why: str) -> Unrestorable:
        if self._paths is None:
            self._paths = Paths(self.graph)
        return Unrestorable(f"{self._paths.get(number)}: {why}")

    def _decide(self, first: int) -> None:
        """Depth first along what must be there before; the stack is ours, since graphs are deep."""
        stack: list[tuple[int, bool]] = [(first, False)]
        open_numbers: set[int] = set()
        while stack:
            number, ready = stack.pop()
            if self.objects[number] is not _UNDECIDED:
                continue
            if ready:
                open_numbers.discard(number)
                self.objects[number] = self._choose(number)
                continue
            if number in open_numbers:
                raise self.refuse(number, "immutable objects that hold one another")
            open_numbers.add(number)
            stack.append((number, True))
            stack += [(child, False) for child in self._needed_first(number) if self.objects[child] is _UNDECIDED]

    def _needed_first(self, number: int) -> list[int]:
        node = self.graph.nodes[number]
        needed = [reference for reference in needed_first(node) if is_reference(reference)]
        for container in self.argument_containers(node):
            needed += filter(is_reference, contained(self.graph.nodes[container]))
        return needed

    def argument_containers(self, node: Node) -> list[int]:
        """Lists, dicts and sets handed to the function that makes a reduced object: they must be full when it is called."""
        if node[0] != Tag.REDUCED or not is_reference(node[2]):
            return []
        arguments = self.graph.nodes[node[2]]
        found = [reference for reference in arguments[1] if is_reference(reference)] if arguments[0] == Tag.TUPLE else []
        return [reference for reference in found if self.graph.nodes[reference][0] in _CONTAINERS]

    def _choose(self, number: int) -> Any:
        partner = self.match.live_of[number]
        if partner is not None and self._stays(number, partner):
            return self.live_objects[partner]
        node = self.graph.nodes[number]
        self.made.add(number)
        return self._make(number, node, partner)

    def _stays(self, number: int, partner: int) -> bool:
        node = self.graph.nodes[number]
        tag = node[0]
        if tag == Tag.OPAQUE:
            self._check_opaque(number, node, partner)
            return True
        if tag == Tag.WEAKREF:
            return self._stays_weak(node, self.match.live.nodes[partner])
        if (
            tag in _IMMUTABLE
            or (tag == Tag.SET and node[1])
            or (tag == Tag.FROZEN and node[1] == "tuple")
            or (tag == Tag.TENSOR and node[5][1] is not None)
        ):
            return (
                self.comparison.same_deeply(number)
                or self._takes_state(node, partner)
                or (tag == Tag.REDUCED and stays_by_its_parts(self, number, partner))
            )
        if tag == Tag.STORAGE:
            return number in self._written_storages or bool(node[4])
        if tag == Tag.TENSOR and not self._stays_a_view(node, self.match.live.nodes[partner]):
            return False
        if tag == Tag.CONTEXT_VARIABLE and node[2] == EMPTY and self.match.live.nodes[partner][2] != EMPTY:
            raise self.refuse(number, "a context variable that was not set yet")
        if tag == Tag.INSTANCE:
            live_object = self.live_objects[partner]
            layout = layout_of(type(live_object))
            return layout is not None and (
                not layout.is_value
                or self.comparison.same_deeply(number)
                or (layout.base is None and hashes_by_identity(live_object))
            )
        if tag == Tag.ARRAY:
            live = self.match.live.nodes[partner]
            return self.match.live_of[node[5]] == live[5] and node[4] == live[4] and self.comparison.same_deeply(node[1])
        return True

    def _storages_that_stay(self) -> Iterator[int]:
        """Storages that something besides tensors with a history is in: such a tensor is another one each time.

        What is left of the last one, and whoever holds that, keeps its memory.
        """
        for number, node in enumerate(self.graph.nodes):
            if node[0] == Tag.HELD_STORAGE:
                yield node[1]
            if node[0] != Tag.TENSOR or self.match.live_of[number] is None:
                continue
            if node[5][1] is None or self.comparison.same_deeply(number):
                yield node[2]

    def _stays_a_view(self, node: Node, live: Node) -> bool:
        """A view stays one of the same part of the same tensor; what is no view stays none, and is not negated or conjugated."""
        if node[9] is None and live[9] is None:
            return bool(node[4][3:] == live[4][3:])
        return bool(node[4] == live[4] and node[9] is not None and self.match.live_of[node[9]] == live[9])

    def _stays_weak(self, node: Node, live: Node) -> bool:
        """A weak reference stays where its target does, whatever has become of that."""
        target = self.value(node[1])
        return bool(node[2] == live[2] and target is (None if live[1] is None else self.live_objects[live[1]]))

    def _takes_state(self, node: Node, partner: int) -> bool:
        """Whether a reduced object can be brought to its recorded state, by `__setstate__`, and so stay the same object."""
        if node[0] != Tag.REDUCED or node[3] is None:
            return False
        same_call = all(not is_reference(part) or self.comparison.same_deeply(part) for part in node[1:3])
        return same_call and (hasattr(self.live_objects[partner], "__setstate__") or self.value(node[1]) in _STAYING)

    def _check_opaque(self, number: int, node: Node, partner: int) -> None:
        live = self.match.live.nodes[partner]
        if node[2] is None or live[2] is None:
            raise self.refuse(number, f"{node[3] or live[3] or 'opaque'} ({node[1]})")
        if node[2] != live[2]:
            raise self.refuse(number, f"{node[1]} moved: {live[2]} here, {node[2]} when it was recorded")

    def _make(self, number: int, node: Node, partner: int | None) -> Any:
        maker = make.MAKERS.get(node[0])
        if maker is None:
            raise self.refuse(number, "it cannot be made anew")
        return maker(self, number, node)


_UNDECIDED = object()
# What makes objects whose attributes are written in place, though they do not say how.
_STAYING = (waiting_thread, sharing_instance)


def needed_first(node: Node) -> Iterable[Reference]:
    """The references whose objects must exist before the node's own can be made."""
    tag = node[0]
    if tag in (Tag.TUPLE,):
        return tuple(node[1])
    if tag == Tag.SET:
        return tuple(node[2]) if node[1] else ()
    if tag == Tag.FROZEN:
        return tuple(node[3])
    if tag in (Tag.METHOD, Tag.BUILTIN_METHOD, Tag.WEAKREF, Tag.ENUM, Tag.HELD_STORAGE):
        return tuple(node[1:])
    if tag == Tag.REDUCED:
        return tuple(node[1:4])
    if tag == Tag.FUNCTION:
        return tuple(node[2])
    if tag == Tag.INSTANCE:
        return (node[1],) if node[2] is None else (node[1], node[2])
    if tag == Tag.TENSOR:
        return (*node[1:3], node[9])
    if tag == Tag.ARRAY:
        return (node[1], node[5], node[6])
    if tag == Tag.GENERATOR:
        return tuple(node[2:])
    return ()


def contained(node: Node) -> tuple[Reference, ...]:
    """The items of a container's node, keys and values alike."""
    if node[0] == Tag.DICT:
        return (*node[3], *node[4])
    if node[0] == Tag.FROZEN:
        return tuple(node[3])
    return tuple(node[2]) if node[0] in (Tag.SET, Tag.DEQUE) else tuple(node[1]) if node[0] == Tag.LIST else ()
