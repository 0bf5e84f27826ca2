"""How Python's containers and buffers are read."""

from __future__ import annotations

from typing import Any

from .frozen import SMALLEST_FROZEN, Stretch
from .graph import ATOMS, Node, Tag
from .walk import Walk

# Items of one of these types can be stored without wrapping: none of them is an int.
_BARE_ATOMS = ATOMS - {int}


def _frozen(walk: Walk, value: Any) -> Node | None:
    """A large container of plain values that never change; None for all others."""
    if len(value) < SMALLEST_FROZEN:
        return None
    stretches = walk.stretches_of(value)
    return None if stretches is None else (Tag.FROZEN, type(value).__name__, len(value), walk.references(stretches))


def describe_stretch(walk: Walk, value: Stretch) -> Node:
    return (Tag.STRETCH, value.start, len(value.items), walk.leaf_of_bytes(value.encoded, value.content))


def describe_list(walk: Walk, value: list[Any]) -> Node:
    frozen = _frozen(walk, value)
    if frozen is not None:
        return frozen
    if _BARE_ATOMS.issuperset(map(type, value)) and value:
        return (Tag.PLAIN_LIST, tuple(value))
    if value and set(map(type, value)) == {int}:
        return (Tag.PLAIN_LIST, tuple(value))
    return (Tag.LIST, walk.references(value))


def describe_tuple(walk: Walk, value: tuple[Any, ...]) -> Node:
    frozen = _frozen(walk, value)
    if frozen is not None:
        return frozen
    if ATOMS.issuperset(map(type, value)):
        return (Tag.PLAIN_TUPLE, value)
    return (Tag.TUPLE, walk.references(value))


def describe_dict(walk: Walk, value: dict[Any, Any]) -> Node:
    frozen = _frozen(walk, value)
    if frozen is not None:
        return frozen
    return (Tag.DICT, None, (), walk.references(value), walk.references(value.values()))


def describe_ordered_dict(walk: Walk, value: Any) -> Node:
    return (Tag.DICT, "OrderedDict", (), walk.references(value), walk.references(value.values()))


def describe_default_dict(walk: Walk, value: Any) -> Node:
    extra = (walk.reference(value.default_factory),)
    return (Tag.DICT, "defaultdict", extra, walk.references(value), walk.references(value.values()))


def describe_deque(walk: Walk, value: Any) -> Node:
    return (Tag.DEQUE, value.maxlen, walk.references(value))


def describe_bytearray(walk: Walk, value: bytearray) -> Node:
    return (Tag.BYTEARRAY, bytes(value))


def describe_big_bytes(walk: Walk, value: bytes) -> Node:
    return (Tag.BIG_BYTES, walk.leaf_of_bytes(value), len(value))
