"""Whether a recorded node and its live partner hold the same, one level deep or all the way down."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from .edges import children, keyed, labelled, plain_members
from .graph import PLAIN, Node, Reference, Tag, is_reference
from .match import Match


def same_atom(recorded: Any, live: Any) -> bool:
    """Equal in type and value, bit for bit: NaN is itself, 0.0 is not -0.0, 1 is not True."""
    if recorded is live:
        return True
    if type(recorded) is not type(live):
        return False
    if isinstance(recorded, float):
        return struct.pack("<d", recorded) == struct.pack("<d", live)
    if isinstance(recorded, complex):
        return same_atom(recorded.real, live.real) and same_atom(recorded.imag, live.imag)
    return bool(recorded == live)


# Of each kind, what a node holds besides references and besides what its partner shares by identity: a word and a field's place.
_OWN_FIELDS: dict[str, tuple[tuple[str, int], ...]] = {
    Tag.BYTEARRAY: (("its bytes", 1),),
    Tag.FROZEN: (("length", 2),),
    Tag.STRETCH: (("items", 2),),
    Tag.TENSOR: (("dtype", 3), ("view (offset, size, stride, conj, neg)", 4), ("(requires_grad, grad_fn)", 5)),
    Tag.ARRAY: (("offset", 4), ("writeable", 7)),
    Tag.OPAQUE: (("fingerprint", 2),),
    Tag.WEAKREF: (("has a callback", 2),),
}


def own_values(node: Node) -> list[tuple[str, Any]]:
    """What a node holds by itself, each with a word for it. Items of plain lists and tuples are left out."""
    return [(word, node[place]) for word, place in _OWN_FIELDS.get(node[0], ())]


def same_own_values(recorded: Node, live: Node) -> bool:
    plain, others = recorded[0] in PLAIN, live[0] in PLAIN
    if plain or others:
        return plain and others and len(recorded[1]) == len(live[1]) and all(map(same_atom, recorded[1], live[1]))
    if Tag.FROZEN in (recorded[0], live[0]) and recorded[0] != live[0]:
        return False
    return all(same_atom(mine, theirs) for (_, mine), (_, theirs) in zip(own_values(recorded), own_values(live)))


def leaf_of(node: Node) -> int | None:
    """The number of the leaf that a node owns."""
    if node[0] in (Tag.STORAGE, Tag.MEMORY, Tag.STRETCH):
        return int(node[-1])
    return int(node[1]) if node[0] == Tag.BIG_BYTES else None


class Comparison:
    """Compares along the pairs of a match. `same_leaf(recorded leaf, live leaf)` compares buffers."""

    def __init__(self, match: Match, same_leaf: Callable[[int, int], bool]) -> None:
        self.match = match
        self._same_leaf = same_leaf

    def same_reference(self, recorded: Reference, live: Reference) -> bool:
        """Whether two fields hold the same atom, or objects that are partners."""
        if is_reference(recorded) and is_reference(live):
            return bool(self.match.live_of[recorded] == live)
        if is_reference(recorded) or is_reference(live):
            return False
        return same_atom(recorded, live)

    def same_fields(self, recorded: Node, live: Node) -> bool:
        """Whether two partners hold the same, their children taken as the same objects."""
        if not same_own_values(recorded, live):
            return False
        mine, theirs = list(labelled(self.match.recorded, recorded)), list(labelled(self.match.live, live))
        if len(mine) != len(theirs):
            return False
        if any(a[0] != b[0] or not self.same_reference(a[1], b[1]) for a, b in zip(mine, theirs)):
            return False
        return self._same_keyed(recorded, live)

    def _same_keyed(self, recorded: Node, live: Node) -> bool:
        mine, theirs = keyed(recorded), keyed(live)
        if len(mine) != len(theirs):
            return False
        if recorded[0] == Tag.SET:
            if len(recorded[2]) != len(live[2]):
                return False
            if recorded[3]:
                return all(map(self.same_reference, recorded[2], live[2]))
            if plain_members(recorded) != plain_members(live):
                return False
            partners: set[int | None] = {self.match.live_of[member] for member, _ in mine}
            return partners == {member for member, _ in theirs}
        return all(
            self.match.live_of[key] == live_key and self.same_reference(value, live_value)
            for (key, value), (live_key, live_value) in zip(mine, theirs)
        )

    def same_deeply(self, number: int) -> bool:
        """Whether a recorded node and everything below it is as it is in the live program."""
        seen: set[int] = set()
        waiting = [number]
        while waiting:
            number = waiting.pop()
            if number in seen:
                continue
            seen.add(number)
            partner = self.match.live_of[number]
            if partner is None or not self.same_here(number, partner):
                return False
            waiting += children(self.match.recorded, self.match.recorded.nodes[number])
        return True

    def same_here(self, number: int, partner: int) -> bool:
        """Whether two partners hold the same fields and the same bytes."""
        node, live = self.match.recorded.nodes[number], self.match.live.nodes[partner]
        if not self.same_fields(node, live):
            return False
        leaf = leaf_of(node)
        return leaf is None or self._same_leaf(leaf, leaf_of(live) or 0)
