"""How a node is read without knowing its kind: what it is (`identity`), and where it points (`edges`)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

from .graph import EMPTY, PLAIN, Graph, Node, Reference, Tag, atom, is_reference

Edge = tuple[Any, Reference]


def identity(graph: Graph, node: Node) -> tuple[Any, ...]:
    """What two nodes must have in common for one to be the other at another time."""
    if node[0] == Tag.FROZEN:
        return _FROZEN_IDENTITIES[node[1]](node)
    tag = _SAME_KIND.get(node[0], node[0])
    return (tag, _IDENTITIES[tag](graph, node)) if tag in _IDENTITIES else (tag,)


def class_name(graph: Graph, reference: Reference) -> tuple[Any, ...]:
    """Module and qualified name of the class that a node refers to."""
    return graph.nodes[reference][1:3]


_SAME_KIND = {Tag.PLAIN_LIST: Tag.LIST, Tag.PLAIN_TUPLE: Tag.TUPLE}

# What the same containers have while they are small, or hold something else.
_FROZEN_IDENTITIES: dict[str, Callable[[Node], tuple[Any, ...]]] = {
    "list": lambda node: (Tag.LIST,),
    "tuple": lambda node: (Tag.TUPLE, node[2]),
    "dict": lambda node: (Tag.DICT, None),
}

_IDENTITIES: dict[str, Callable[[Graph, Node], Any]] = {
    Tag.NAMED: lambda graph, node: node[1:],
    Tag.CONSTANT: lambda graph, node: node[1:],
    Tag.ENUM: lambda graph, node: node[2:],
    Tag.CLASS: lambda graph, node: node[1:3],
    Tag.INSTANCE: lambda graph, node: class_name(graph, node[1]),
    Tag.FUNCTION: lambda graph, node: (node[1], len(node[2])),
    Tag.CONTEXT_VARIABLE: lambda graph, node: node[1],
    Tag.DICT: lambda graph, node: node[1],
    Tag.SET: lambda graph, node: (node[1], bool(node[3])),
    Tag.TUPLE: lambda graph, node: len(node[1]),
    Tag.OPAQUE: lambda graph, node: node[1],
    Tag.DEQUE: lambda graph, node: node[1],
    Tag.BIG_BYTES: lambda graph, node: node[2],
    Tag.GENERATOR: lambda graph, node: node[1],
    Tag.STORAGE: lambda graph, node: node[1:3],
    Tag.MEMORY: lambda graph, node: node[1],
    Tag.TENSOR: lambda graph, node: (class_name(graph, node[1]), node[5][1] is not None),
    Tag.ARRAY: lambda graph, node: (node[2], node[3], class_name(graph, node[6])),
    Tag.OBJECT_ARRAY: lambda graph, node: node[1],
}


# A restore asks for a node's edges half a dozen times. Those of large ones take more memory than time.
_MOST_KNOWN_EDGES = 256


def edges(graph: Graph, node: Node) -> list[Edge]:
    """The labelled references of a node, atoms left out. Keys of dicts and members of sets that are objects: see `keyed`."""
    known = graph.known_edges.get(id(node))
    if known is not None and known[0] is node:
        return known[1]
    found = [edge for edge in labelled(graph, node) if is_reference(edge[1])]
    if len(found) <= _MOST_KNOWN_EDGES:
        graph.known_edges[id(node)] = node, found
    return found


def labelled(graph: Graph, node: Node) -> Iterator[Edge]:
    """All fields of a node that are references or atoms of the program, with labels that mean the same in both graphs."""
    tag = node[0]
    if tag in (Tag.LIST, Tag.TUPLE):
        yield from enumerate(node[1])
    elif tag == Tag.DEQUE:
        yield from enumerate(node[2])
    elif tag == Tag.FROZEN:
        yield from ((("items", i), value) for i, value in enumerate(node[3]))
    elif tag == Tag.DICT:
        yield from ((("extra", i), value) for i, value in enumerate(node[2]))
        yield from ((("item", plain_key(key)), value) for key, value in zip(node[3], node[4]) if not is_reference(key))
    elif tag == Tag.INSTANCE:
        yield "class", node[1]
        if node[2] is not None:
            yield "payload", node[2]
        yield from zip(graph.shapes[node[3]], node[4])
    elif tag == Tag.CLASS:
        yield from zip(graph.shapes[node[3]], node[4])
    elif tag == Tag.FUNCTION:
        yield from ((("cell", i), value) for i, value in enumerate(node[2]))
        yield from zip(("defaults", "keyword defaults", "attributes"), node[3:6])
    elif tag in (Tag.CELL, Tag.CONTEXT_VARIABLE):
        if node[-1] != EMPTY:
            yield "contents", node[-1]
    elif tag == Tag.OBJECT_ARRAY:
        yield from enumerate(node[2])
        yield "class", node[3]
    elif tag == Tag.ARRAY:
        yield from (("dtype", node[1]), ("memory", node[5]), ("class", node[6]))
    elif tag == Tag.TENSOR:
        yield from zip(("class", "storage"), node[1:3])
        yield from zip(("grad", "hooks", "attributes", "base"), node[6:10])
    elif tag in _PLAIN_FIELDS:
        yield from zip(_PLAIN_FIELDS[tag], node[1:])


def fields(graph: Graph, node: Node) -> dict[Any, Any]:
    """All labelled fields, items of plain lists and tuples among them, wrapped like others."""
    if node[0] in PLAIN:
        return {place: (value,) if type(value) is int else value for place, value in enumerate(node[1])}
    return dict(labelled(graph, node))


_PLAIN_FIELDS = {
    Tag.METHOD: ("function", "self"),
    Tag.HELD_STORAGE: ("storage",),
    Tag.BUILTIN_METHOD: ("self", "name"),
    Tag.WEAKREF: ("target",),  # zip leaves the callback's flag out
    Tag.ENUM: ("class", "name", "value"),
    Tag.REDUCED: ("function", "arguments", "state"),
    Tag.GENERATOR: ("library", "class", "bits", "state"),
}


def keyed(node: Node) -> list[tuple[Reference, Reference]]:
    """Object keys of a dict with their values; object members of a set with None."""
    if node[0] == Tag.DICT:
        return [(key, value) for key, value in zip(node[3], node[4]) if is_reference(key)]
    if node[0] == Tag.SET:
        return [(member, None) for member in node[2] if is_reference(member)]
    return []


def children(graph: Graph, node: Node) -> list[int]:
    """Every node that a node points to, keys and members included."""
    found = [value for _, value in edges(graph, node)]
    return found + [reference for pair in keyed(node) for reference in pair if is_reference(reference)]


def plain_key(key: Reference) -> tuple[str, Any]:
    """A dict key that is an atom, told apart by type (1 and True are one key for Python, but not one value) and by bits."""
    value = atom(key)
    return type(value).__name__, Bits(value) if isinstance(value, (float, complex)) else value


class Bits:
    """A float or a complex number that is equal to one of the same bits: NaN to itself, 0.0 not to -0.0."""

    def __init__(self, value: complex) -> None:
        self._value = value
        self._bits = struct.pack("<dd", value.real, value.imag)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bits) and self._bits == other._bits

    def __hash__(self) -> int:
        return hash(self._bits)

    def __repr__(self) -> str:
        return repr(self._value)


def plain_members(node: Node) -> set[tuple[str, Any]]:
    """The members of a set that are atoms. Their order says nothing: it may be that of hashes."""
    return {plain_key(member) for member in node[2] if not is_reference(member)}


def spelled(label: Any, parent: Node) -> str:
    """An edge as a programmer would write it: `.name`, `[3]`, `['lr']`."""
    if isinstance(label, tuple) and label[0] == "item":
        return f"[{label[1][1]!r}]"
    if isinstance(label, tuple):
        return f" {label[0]} {label[1]}"
    if isinstance(label, int):
        return f"[{label}]"
    return f".{label}" if parent[0] in (Tag.INSTANCE, Tag.CLASS, Tag.TENSOR) else f" {label}"
