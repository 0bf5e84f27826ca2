"""How the instances of a class are laid out: what a walk must read to have all of an object.

An instance of a class written in Python is its `__dict__`, its slots and the payload of at most one built-in base. A class whose
instances are larger than that keeps something in C that Python cannot see; it is left to its own `__reduce_ex__`, or is opaque.
"""

from __future__ import annotations

import collections
from dataclasses import dataclass
from types import MemberDescriptorType, SimpleNamespace
from typing import Any

POINTER_BYTES = 8

# Built-in bases whose payload the walk knows how to read. The first that is in the method resolution order is the base.
PAYLOAD_BASES: tuple[type, ...] = (
    collections.OrderedDict,
    collections.defaultdict,
    dict,
    list,
    collections.deque,
    set,
    frozenset,
    tuple,
    str,
    bytes,
    int,
    float,
    BaseException,
)

IMMUTABLE_BASES = (tuple, str, bytes, int, float, frozenset)


@dataclass(frozen=True)
class Layout:
    """What holds the state of an instance of one class.

    `base` is the built-in base with a payload, or None. `slots` are the names of `__slots__` members, base classes first.
    `is_value` is true where the class hashes by value: such an object is never written in place, it is replaced.
    """

    base: type | None
    slots: tuple[str, ...]
    has_dict: bool
    is_value: bool


_layouts: dict[type, Layout | None] = {SimpleNamespace: Layout(None, (), True, False)}


def layout_of(cls: type) -> Layout | None:
    """The layout of instances of `cls`, or None where something is kept in C."""
    if cls not in _layouts:
        _layouts[cls] = _find_layout(cls)
    return _layouts[cls]


def _find_layout(cls: type) -> Layout | None:
    base = next((known for known in PAYLOAD_BASES if known in cls.__mro__), None)
    slots = _slot_names(cls)
    root: Any = base or object
    limit = root.__basicsize__ + POINTER_BYTES * (len(slots) + 2)  # two more: __dict__ and __weakref__
    if cls.__basicsize__ > limit or _has_foreign_base(cls, base):
        return None
    hashing: Any = cls.__hash__
    hashes_by_value = hashing is not None and hashing is not object.__hash__
    is_value = base in IMMUTABLE_BASES or (hashes_by_value and base is not BaseException)
    return Layout(base, slots, cls.__dictoffset__ != 0, is_value)


def hashes_by_identity(value: Any) -> bool:
    """Whether a class with a hash of its own gives an object one that is no other's: such an object may change in place."""
    try:
        return hash(value) in (object.__hash__(value), hash(id(value)))
    except Exception:  # whatever a foreign hash raises: nothing is known of it
        return False


def _slot_names(cls: type) -> tuple[str, ...]:
    names: list[str] = []
    for owner in reversed(cls.__mro__):
        if "__slots__" not in vars(owner):
            continue
        for name, member in vars(owner).items():
            if isinstance(member, MemberDescriptorType) and name not in ("__dict__", "__weakref__"):
                names.append(name)
    return tuple(dict.fromkeys(names))


def _has_foreign_base(cls: type, base: type | None) -> bool:
    """Whether a class in the order is neither written in Python nor a known base (or a base of that one)."""
    return any(
        not _is_written_in_python(owner) and owner is not object and (base is None or owner not in base.__mro__)
        for owner in cls.__mro__
        if owner.__basicsize__ > object.__basicsize__ and not (base is BaseException and _is_plain_exception(owner))
    )


def _is_plain_exception(cls: type) -> bool:
    """Whether a built-in exception is nothing but a `BaseException` by another name; others keep an errno, a code, a value in C."""
    return issubclass(cls, BaseException) and cls.__basicsize__ == BaseException.__basicsize__


def _is_written_in_python(cls: type) -> bool:
    """Whether a `class` statement made the class. Types made in C can be told only by what `type.__new__` leaves in the others."""
    members = vars(cls)
    if not cls.__flags__ & _HEAP_TYPE:
        return False
    if "__slots__" in members:
        return True
    docs = (getattr(members.get(name), "__doc__", None) or "" for name in ("__dict__", "__weakref__"))
    if any(doc.startswith(_DOCS_OF_TYPE_NEW) for doc in docs):
        return True
    # A class below another that was written in Python has both from there.
    return "__dict__" not in members and any(map(_is_written_in_python, cls.__bases__))


_HEAP_TYPE = 1 << 9
_DOCS_OF_TYPE_NEW = ("dictionary for instance variables", "list of weak references")
