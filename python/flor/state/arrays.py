"""NumPy arrays as nodes: an array is a view of the memory of its owner, and the memory is a leaf."""

from __future__ import annotations

from typing import Any

import numpy

from . import opaque
from .graph import Node, Tag
from .walk import Describer, Walk, number_bytes


def describer_for(kind: type) -> Describer | None:
    """The describer of a NumPy type that needs one; scalars, dtypes and the rest reduce themselves."""
    if issubclass(kind, numpy.ndarray):
        return describe_array
    if issubclass(kind, (numpy.random.Generator, numpy.random.RandomState)):
        return describe_random
    return None


def describe_array(walk: Walk, value: numpy.ndarray[Any, Any]) -> Node:
    cls = walk.reference(type(value))
    if type(value) not in (numpy.ndarray, numpy.matrix, numpy.recarray):
        return opaque.node(value, None, "a subclass of numpy.ndarray")
    if value.dtype.hasobject:
        if value.dtype != object:
            return opaque.node(value, None, "an array with objects in fields")
        return (Tag.OBJECT_ARRAY, value.shape, walk.references(value.ravel().tolist()), cls)
    owner = owner_of(value)
    start, end = _byte_bounds(owner)
    address = value.__array_interface__["data"][0]
    item_bytes = number_bytes(owner.dtype.itemsize, owner.dtype.kind == "c") if owner.dtype.kind in "biufcmM" else 1
    memory = walk.memory(start, end, Memory(start, end - start, owner, item_bytes))
    return (
        Tag.ARRAY,
        walk.reference(value.dtype),
        value.shape,
        value.strides,
        address - start,
        memory,
        cls,
        bool(value.flags.writeable),
    )


# NumPy 2 has moved it.
_byte_bounds: Any = getattr(getattr(numpy.lib, "array_utils", numpy), "byte_bounds")  # noqa: B009


class Memory:
    """The block of memory that an array and its views share."""

    __slots__ = ("address", "item_bytes", "nbytes", "owner")

    def __init__(self, address: int, nbytes: int, owner: Any, item_bytes: int = 1) -> None:
        self.address, self.nbytes, self.owner, self.item_bytes = address, nbytes, owner, item_bytes


def describe_memory(walk: Walk, value: Memory) -> Node:
    return (Tag.MEMORY, value.nbytes, False, walk.leaf(value.address, value.nbytes, value.owner, item_bytes=value.item_bytes))


def owner_of(value: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
    """The array at the end of the chain of views."""
    while isinstance(value.base, numpy.ndarray):
        value = value.base
    return value


def describe_random(walk: Walk, value: Any) -> Node:
    """A generator with the state of its bit generator; written back through it, so the generator stays the same object."""
    bits = value.bit_generator if isinstance(value, numpy.random.Generator) else value._bit_generator
    extra = None if isinstance(value, numpy.random.Generator) else value.get_state(legacy=False)
    return (
        Tag.GENERATOR,
        "numpy",
        walk.reference(type(value)),
        walk.reference(type(bits)),
        walk.reference((bits.state, extra)),
    )
