"""How a node is read without knowing its kind: what it is (`identity`), and where it points (`edges`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .graph import EMPTY, Graph, Node, Reference, Tag, atom, is_reference

Edge = tuple[Any, Reference]


def identity(graph: Graph, node: Node) -> tuple[Any, ...]:
    """What two nodes must have in common for one to be the other at another time."""
    tag = _SAME_KIND.get(node[0], node[0])
    return (tag, _IDENTITIES[tag](graph, node)) if tag in _IDENTITIES else (tag,)


def class_name(graph: Graph, reference: Reference) -> tuple[Any, ...]:
    """Module and qualified name of the class that a node refers to."""
    return graph.nodes[reference][1:3]


_SAME_KIND = {Tag.PLAIN_LIST: Tag.LIST, Tag.PLAIN_TUPLE: Tag.TUPLE}

_IDENTITIES: dict[str, Callable[[Graph, Node], Any]] = {
    Tag.NAMED: lambda graph, node: node[1:],
    Tag.CONSTANT: lambda graph, node: node[1:],
    Tag.ENUM: lambda graph, node: node[2:],
    Tag.CLASS: lambda graph, node: node[1:3],
    Tag.INSTANCE: lambda graph, node: class_name(graph, node[1]),
    Tag.FUNCTION: lambda graph, node: (node[1], len(node[2])),
    Tag.DICT: lambda graph, node: node[1],
    Tag.SET: lambda graph, node: node[1],
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


def edges(graph: Graph, node: Node) -> Iterator[Edge]:
    """The labelled references of a node, atoms left out. Keys of dicts and members of sets that are objects: see `keyed`."""
    for label, value in labelled(graph, node):
        if is_reference(value):
            yield label, value


def labelled(graph: Graph, node: Node) -> Iterator[Edge]:
    """All fields of a node that are references or atoms of the program, with labels that mean the same in both graphs."""
    tag = node[0]
    if tag in (Tag.LIST, Tag.TUPLE):
        yield from enumerate(node[1])
    elif tag == Tag.DEQUE:
        yield from enumerate(node[2])
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
    elif tag == Tag.CELL:
        if node[1] is not EMPTY and node[1] != EMPTY:
            yield "contents", node[1]
    elif tag == Tag.OBJECT_ARRAY:
        yield from enumerate(node[2])
        yield "class", node[3]
    elif tag == Tag.ARRAY:
        yield from (("dtype", node[1]), ("memory", node[5]), ("class", node[6]))
    elif tag == Tag.TENSOR:
        yield from zip(("class", "storage"), node[1:3])
        yield from zip(("grad", "hooks", "attributes"), node[6:9])
    elif tag in _PLAIN_FIELDS:
        yield from zip(_PLAIN_FIELDS[tag], node[1:])


_PLAIN_FIELDS = {
    Tag.METHOD: ("function", "self"),
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
    """A dict key that is an atom, told apart by type (1 and True are one key for Python, but not one value)."""
    value = atom(key)
    return type(value).__name__, value


def spelled(label: Any, parent: Node) -> str:
    """An edge as a programmer would write it: `.name`, `[3]`, `['lr']`."""
    if isinstance(label, tuple) and label[0] == "item":
        return f"[{label[1][1]!r}]"
    if isinstance(label, tuple):
        return f" {label[0]} {label[1]}"
    if isinstance(label, int):
        return f"[{label}]"
    return f".{label}" if parent[0] in (Tag.INSTANCE, Tag.CLASS, Tag.TENSOR) else f" {label}"


def paths(graph: Graph) -> dict[int, str]:
    """The shortest path from a root to each node, as a programmer would write it. For messages only: it walks everything."""
    found: dict[int, str] = {}
    queue: list[int] = []
    for label, value in graph.roots.items():
        if is_reference(value) and value not in found:
            found[value] = label
            queue.append(value)
    for number in queue:  # grows while it is walked
        node = graph.nodes[number]
        steps = [(spelled(label, node), value) for label, value in edges(graph, node)]
        steps += [(f"[{i}. key]", key) for i, (key, _) in enumerate(keyed(node))]
        steps += [(f"[key {i}]", value) for i, (_, value) in enumerate(keyed(node)) if is_reference(value)]
        for step, value in steps:
            if value not in found:
                found[value] = found[number] + step
                queue.append(value)
    return found
