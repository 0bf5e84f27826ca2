"""NumPy's part of a restore: memory that is allocated, arrays as views of it, random generators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from .arrays import Memory
from .graph import Node, Tag

if TYPE_CHECKING:
    from .build import Build


def make(build: Build, number: int, node: Node) -> Any:
    """An array, its memory or a generator that has no live partner."""
    if node[0] == Tag.MEMORY:
        if node[2]:
            raise build.refuse(number, "memory that is new, and that an array shares with a tensor")
        block: Any = numpy.empty(node[1], numpy.uint8)
        address = block.__array_interface__["data"][0]
        build.new_leaves.append((node[-1], address, block))
        return Memory(address, node[1], block)
    if node[0] == Tag.OBJECT_ARRAY:
        return numpy.empty(node[1], object)
    if node[0] == Tag.GENERATOR:
        cls, bits = build.value(node[2]), build.value(node[3])
        return cls(bits())
    return _make_array(build, number, node)


def _make_array(build: Build, number: int, node: Node) -> Any:
    memory = build.value(node[5])
    dtype, cls = build.value(node[1]), build.value(node[6])
    block = memory.owner
    if not isinstance(block, numpy.ndarray) or block.dtype != numpy.uint8 or not block.flags.c_contiguous:
        block = _bytes_of(memory)
    made = numpy.ndarray(node[2], dtype, block.data, node[4], node[3])
    return made if cls is numpy.ndarray else made.view(cls)


def _bytes_of(memory: Memory) -> Any:
    """The bytes of a live array's memory, as an array that keeps the owner alive."""
    interface = {"shape": (memory.nbytes,), "typestr": "|u1", "data": (memory.address, False), "version": 3}
    return numpy.asarray(type("Block", (), {"__array_interface__": interface, "owner": memory.owner})())


def fill(build: Build, target: Any, node: Node) -> None:
    """What an array holds besides its memory, and a generator's state."""
    if node[0] == Tag.OBJECT_ARRAY:
        for position, reference in enumerate(node[2]):
            target.flat[position] = build.value(reference)
    elif node[0] == Tag.ARRAY:
        if bool(target.flags.writeable) != node[7]:
            target.flags.writeable = node[7]
    else:
        state, extra = build.value(node[4])
        if isinstance(target, numpy.random.Generator):
            target.bit_generator.state = state
        else:
            target.set_state(extra)
