"""How instances of Python classes are read: attributes, slots, and what a built-in base holds."""

from __future__ import annotations

import collections
import contextlib
import types
from collections.abc import Callable
from typing import Any

from .graph import Node, Tag
from .layout import Layout, layout_of
from .walk import Walk


def describe_instance(walk: Walk, value: Any) -> Node:
    cls = type(value)
    layout = layout_of(cls)
    assert layout is not None
    names, values = attributes_of(walk, value, layout)
    return described(walk, value, layout, names, values)


def described(walk: Walk, value: Any, layout: Layout, names: tuple[str, ...], values: list[Any]) -> Node:
    """The node of an instance that has these attributes."""
    cls = type(value)
    payload = None if layout.base is None else walk.reference(walk.copy_of(payload_of(value, layout.base), value))
    return (Tag.INSTANCE, walk.reference(cls), payload, walk.shape(names), walk.references(values))


def attributes_of(walk: Walk, value: Any, layout: Layout) -> tuple[tuple[str, ...], list[Any]]:
    """Names and values of an object's slots and `__dict__`; an unset slot is left out."""
    slots = slots_of(value, layout)
    attributes = walk.attributes_of(value) if layout.has_dict else {}
    return (*slots, *attributes), [*slots.values(), *attributes.values()]


def slots_of(value: Any, layout: Layout) -> dict[str, Any]:
    held: dict[str, Any] = {}
    for name in layout.slots:
        with contextlib.suppress(AttributeError):
            held[name] = _slot_value(value, name)
    return held


def _slot_value(value: Any, name: str) -> Any:
    for owner in type(value).__mro__:
        member = vars(owner).get(name)
        if isinstance(member, types.MemberDescriptorType):
            return member.__get__(value, type(value))
    raise AttributeError(name)


_PAYLOADS: dict[type, Callable[[Any], Any]] = {
    list: lambda value: list(list.__iter__(value)),
    tuple: lambda value: tuple(tuple.__iter__(value)),
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
    collections.deque: lambda value: collections.deque(collections.deque.__iter__(value), value.maxlen),
    str: lambda value: str.__str__(value),
    bytes: lambda value: bytes(memoryview(value)),
    int: lambda value: int.__int__(value),
    float: lambda value: float.__float__(value),
    BaseException: lambda value: [value.args, *exception_links(value)],
    dict: lambda value: dict(dict.items(value)),
    collections.OrderedDict: lambda value: collections.OrderedDict(collections.OrderedDict.items(value)),
    collections.defaultdict: lambda value: collections.defaultdict(value.default_factory, dict.items(value)),
}


def exception_links(value: BaseException) -> tuple[Any, ...]:
    """What Python itself notes on an exception: where it came from, and after which other ones."""
    return value.__cause__, value.__context__, value.__suppress_context__, value.__traceback__


def payload_of(value: Any, base: type) -> Any:
    """A copy of what an instance of a subclass of `base` holds as a `base`."""
    return _PAYLOADS[base](value)
