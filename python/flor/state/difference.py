"""What differs between a recorded state and the live one, in words."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .compare import Comparison, leaf_of, own_values, same_atom
from .edges import labelled, paths, spelled
from .graph import Graph, Node, Tag, atom, is_reference
from .match import Match


@dataclass(frozen=True)
class Difference:
    """One place where two states part. `in_float` is true where both sides are floats that differ by value only."""

    path: str
    recorded: str
    live: str
    in_float: bool = False


def differences(match: Match, comparison: Comparison, bytes_of: Callable[[int, bool], bytes]) -> list[Difference]:
    """All differences, in the order of the recorded graph. `bytes_of(leaf, live)` reads a leaf of either side."""
    where = paths(match.recorded)
    roots = {reference for reference in match.recorded.roots.values() if is_reference(reference)}
    found: list[Difference] = []
    for number, node in enumerate(match.recorded.nodes):
        partner = match.live_of[number]
        path = where.get(number, "an object")
        if partner is None:
            continue  # told by the object that holds it
        live = match.live.nodes[partner]
        if number in roots and node[0] == Tag.DICT:
            found += _name_differences(match, comparison, node, live, path)
        elif not comparison.same_fields(node, live):
            found += _field_differences(match, comparison, node, live, path)
        leaf = leaf_of(node)
        if leaf is not None and not comparison.same_here(number, partner) and comparison.same_fields(node, live):
            found.append(_leaf_difference(match.recorded, number, path, bytes_of(leaf, False), bytes_of(leaf_of(live) or 0, True)))
    return found


def _name_differences(match: Match, comparison: Comparison, node: Node, live: Node, path: str) -> Iterator[Difference]:
    """Variables of a frame or a module."""
    present = dict(zip(live[3], live[4]))
    for name, value in zip(node[3], node[4]):
        if name not in present:
            yield Difference(f"{path}: {name}", _shown(match.recorded, value), "not bound")
        elif not comparison.same_reference(value, present[name]):
            yield _difference(match, f"{path}: {name}", value, present[name])
    for name in present.keys() - set(node[3]):
        yield Difference(f"{path}: {name}", "not bound", _shown(match.live, present[name]))


def _field_differences(match: Match, comparison: Comparison, node: Node, live: Node, path: str) -> Iterator[Difference]:
    mine, theirs = dict(labelled(match.recorded, node)), dict(labelled(match.live, live))
    told = False
    for label, value in mine.items():
        place = path + spelled(label, node)
        if label not in theirs:
            yield Difference(place, _shown(match.recorded, value), "not there")
        elif not comparison.same_reference(value, theirs[label]):
            yield _difference(match, place, value, theirs[label])
        else:
            continue
        told = True
    for label in theirs.keys() - mine.keys():
        yield Difference(path + spelled(label, live), "not there", _shown(match.live, theirs[label]))
        told = True
    if not told:
        pairs = [(a, b) for a, b in zip(own_values(node), own_values(live)) if not same_atom(a, b)]
        a, b = pairs[0] if pairs else ("its items", "others, or another order")
        yield Difference(path, _short(repr(a)), _short(repr(b)), isinstance(a, float) and isinstance(b, float))


def _difference(match: Match, path: str, recorded: Any, live: Any) -> Difference:
    floats = isinstance(recorded, float) and isinstance(live, float)
    return Difference(path, _shown(match.recorded, recorded), _shown(match.live, live), floats)


def _shown(graph: Graph, reference: Any) -> str:
    if not is_reference(reference):
        return _short(repr(atom(reference)))
    node = graph.nodes[reference]
    if node[0] in (Tag.PLAIN_LIST, Tag.PLAIN_TUPLE):
        return _short(repr(node[1]))
    if node[0] in (Tag.INSTANCE, Tag.TENSOR):
        return f"a {graph.nodes[node[1]][2]}"
    return _KIND_WORDS.get(node[0], "an object")


_KIND_WORDS = {
    Tag.LIST: "a list",
    Tag.TUPLE: "a tuple",
    Tag.DICT: "a dict",
    Tag.SET: "a set",
    Tag.FUNCTION: "a function",
    Tag.CLASS: "a class",
    Tag.ARRAY: "an array",
}


def _short(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


_FORMATS = {"torch.float32": "f", "torch.float64": "d", "torch.int64": "q", "torch.int32": "i"}


def _leaf_difference(graph: Graph, number: int, path: str, recorded: bytes, live: bytes) -> Difference:
    """The first element that differs, read with the type of the first tensor on that memory."""
    holder = next((node for node in graph.nodes if node[0] == Tag.TENSOR and node[2] == number), None)
    code = _FORMATS.get(holder[3], "B") if holder else "B"
    width = struct.calcsize(code)
    first = next((i for i, (a, b) in enumerate(zip(recorded, live)) if a != b), min(len(recorded), len(live)))
    element = first // width
    place = f"{path.removesuffix('.storage')} element {element}"
    return Difference(place, _element(recorded, code, element * width), _element(live, code, element * width))


def _element(data: bytes, code: str, offset: int) -> str:
    width = struct.calcsize(code)
    return repr(struct.unpack_from(f"<{code}", data, offset)[0]) if offset + width <= len(data) else "missing"
