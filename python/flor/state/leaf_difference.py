"""The first element in which two buffers differ, read with the type of what looks at that memory."""

from __future__ import annotations

import struct
from collections.abc import Callable

from .graph import Graph, Node, Tag

LeafReader = Callable[[int, bool], bytes]

# By type: a `struct` code, or the bytes of an element of which only the bits can be shown.
_FORMATS: dict[str, str | int] = {
    "float64": "d",
    "float32": "f",
    "float16": "e",
    "int64": "q",
    "int32": "i",
    "int16": "h",
    "int8": "b",
    "uint64": "Q",
    "uint32": "I",
    "uint16": "H",
    "uint8": "B",
    "bool": "?",
    "bfloat16": 2,
    "complex64": 8,
    "complex128": 16,
}


# Extended precision: of each 16 bytes the last six are nobody's, and hold whatever was there.
_PADDED = frozenset({"float128", "complex256"})
_PADDED_BYTES, _PRECISE_BYTES = 16, 10


def leaf_difference(graph: Graph, number: int, path: str, recorded: bytes, live: bytes) -> tuple[str, str, str] | None:
    """Path with the element's place, and both values; None where only bytes differ that belong to no element."""
    kind = _type_on(graph, number)
    if kind in _PADDED:
        recorded, live = map(_without_padding, (recorded, live))
        if recorded == live:
            return None
    form = _FORMATS.get(kind, 1)
    width = form if isinstance(form, int) else struct.calcsize(form)
    first = next((i for i, (a, b) in enumerate(zip(recorded, live)) if a != b), min(len(recorded), len(live)))
    element = first // width
    mine, theirs = (data[element * width : (element + 1) * width] for data in (recorded, live))
    shown = _value(mine, form), _value(theirs, form)
    if shown[0] == shown[1]:  # bits that the type does not show: a NaN's
        shown = _value(mine, width), _value(theirs, width)
    return f"{path} element {element}", *shown


def _without_padding(data: bytes) -> bytes:
    precise = bytearray(data)
    for place in range(_PRECISE_BYTES, _PADDED_BYTES):
        precise[place::_PADDED_BYTES] = bytes(len(precise[place::_PADDED_BYTES]))
    return bytes(precise)


def _value(data: bytes, form: str | int) -> str:
    if isinstance(form, str) and len(data) == struct.calcsize(form) and not (form == "?" and data[0] > 1):
        return repr(struct.unpack(f"<{form}", data)[0])
    return f"0x{data[::-1].hex()}" if data else "missing"


def _type_on(graph: Graph, number: int) -> str:
    """The type of the first tensor or array on that memory."""
    for node in graph.nodes:
        if node[0] == Tag.TENSOR and node[2] == number:
            return str(node[3]).removeprefix("torch.")
        if node[0] == Tag.ARRAY and node[5] == number:
            return _array_type(graph, graph.nodes[node[1]])
    return "uint8"


def _array_type(graph: Graph, dtype: Node) -> str:
    """`float64` of what NumPy's dtype reduces to: (function, ("f8", …), (version, byte order, …))."""
    code, order = graph.nodes[dtype[2]][1][0], graph.nodes[dtype[3]][1][1]
    name = _KINDS.get(code[0]) if isinstance(code, str) else None
    if name is None or order == ">" or not code[1:].isdigit():
        return "uint8"
    return name if name == "bool" else f"{name}{int(code[1:]) * 8}"


_KINDS = {"f": "float", "i": "int", "u": "uint", "c": "complex", "b": "bool"}
