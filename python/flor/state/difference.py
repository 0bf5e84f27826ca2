"""What differs between a recorded state and the live one, in words.

Not held against a replay: the order of the names in a module or a frame, and of a set's members; names of temporary files, which
are drawn anew (`temporary.py`); what a library keeps that only one side has loaded, since a probe may import it, and what the
program does with it shows elsewhere. Whatever else differs in the bytes of two graphs is told.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .compare import Comparison, leaf_of, own_values, same_atom
from .edges import children, fields, keyed, plain_members, spelled
from .frozen import decode, encode
from .graph import ARGUMENTS, PLAIN, Graph, Node, Tag, atom, is_reference
from .leaf_difference import LeafReader, leaf_difference
from .match import Match
from .paths import Paths, scope_of


@dataclass(frozen=True)
class Difference:
    """One place where two states part. `in_float` is true where both sides are floats that differ by value only, `in_identifier`
    where both are texts as `uuid4` draws them, or a hash of a process's number. `holder` is the path of the object whose attribute
    this is, if it is one."""

    path: str
    recorded: str
    live: str
    in_float: bool = False
    in_identifier: bool = False
    holder: str = ""


def differences(match: Match, comparison: Comparison, bytes_of: LeafReader) -> list[Difference]:
    """All differences, in the order of the recorded graph. `bytes_of(leaf, live)` reads a leaf of either side.

    Called where two states are not equal by their bytes. Empty only where every object of either has its partner, and all partners
    hold the same: then what differs is none of the state's, see above.
    """
    return list(_Telling(match, comparison, bytes_of).all())


_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}", re.IGNORECASE)


def _is_identifier(value: Any) -> bool:
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None


class _Telling:
    def __init__(self, match: Match, comparison: Comparison, bytes_of: LeafReader) -> None:
        self.match, self.comparison, self.bytes_of = match, comparison, bytes_of
        self.where = Paths(match.recorded)

    def all(self) -> Iterator[Difference]:
        yield from self._roots()
        count = 0
        for one in self._nodes():
            count += 1
            yield one
        count += 1 if (shared := list(self._sharing())) else 0
        yield from shared
        if not count:
            yield from self._without_partner()

    def _roots(self) -> Iterator[Difference]:
        """The stack, the modules, the value that is returned."""
        mine, theirs = self.match.recorded.roots, self.match.live.roots
        for label in mine | theirs:
            if label not in mine or label not in theirs:
                yield Difference(label, _presence(label in mine), _presence(label in theirs))
            elif not self.comparison.same_reference(mine[label], theirs[label]):
                yield self._between(label, mine[label], theirs[label])

    def _nodes(self) -> Iterator[Difference]:
        recorded, live = self.match.recorded, self.match.live
        names = {reference for reference in recorded.roots.values() if is_reference(reference)}
        for number, node in enumerate(recorded.nodes):
            partner = self.match.live_of[number]
            if partner is None:
                continue  # told by the object that holds it
            other = live.nodes[partner]
            if number in names and node[0] == Tag.DICT:
                yield from self._names(node, other, self.where.get(number))
            elif not self.comparison.same_fields(node, other):
                yield from self._fields(node, other, self.where.get(number))
            elif not self.comparison.same_here(number, partner):
                leaves = leaf_of(node), leaf_of(other)
                assert leaves[0] is not None and leaves[1] is not None
                mine, theirs = self.bytes_of(leaves[0], False), self.bytes_of(leaves[1], True)
                if node[0] == Tag.STRETCH:
                    yield self._stretch(number, decode(mine), decode(theirs))
                    continue
                told = leaf_difference(recorded, number, self.where.get(number), mine, theirs)
                if told is not None:
                    yield Difference(*told)

    def _names(self, node: Node, live: Node, path: str) -> Iterator[Difference]:
        """Variables of a frame or a module."""
        scope = scope_of(path)
        scope = f"{path}: " if scope is None else scope
        held, present = (dict(zip(one[3], one[4])) for one in (node, live))
        # A library that only one side has loaded: what the program does with it shows elsewhere. Which arguments something besides
        # a call refers to: a collection of garbage may change that.
        if path in ("process", ARGUMENTS):
            held, present = (
                {name: one[name] for name in one if name in other} for one, other in ((held, present), (present, held))
            )
        for name, value in held.items():
            if name not in present:
                yield Difference(scope + name, shown(self.match.recorded, value), "not bound")
            elif not self.comparison.same_reference(value, present[name]):
                yield self._between(scope + name, value, present[name])
        for name in (name for name in present if name not in held):
            yield Difference(scope + name, "not bound", shown(self.match.live, present[name]))

    def _fields(self, node: Node, live: Node, path: str) -> Iterator[Difference]:
        if node[0] in PLAIN and live[0] in PLAIN and len(node[1]) == len(live[1]):
            yield self._items(node[1], live[1], path)
            return
        mine, theirs = fields(self.match.recorded, node), fields(self.match.live, live)
        told = False
        for label, value in mine.items():
            place = path + spelled(label, node)
            if label not in theirs:
                yield Difference(place, shown(self.match.recorded, value), "not there")
            elif not self.comparison.same_reference(value, theirs[label]):
                yield self._between(place, value, theirs[label], holder=path if node[0] == Tag.INSTANCE else "")
            else:
                continue
            told = True
        for label in (label for label in theirs if label not in mine):
            yield Difference(path + spelled(label, live), "not there", shown(self.match.live, theirs[label]))
            told = True
        for (word, a), (_, b) in zip(own_values(node), own_values(live)):
            if not same_atom(a, b):
                yield Difference(f"{path}: {word}", *_both(repr(a), repr(b)))
                told = True
        if not told:
            yield self._in_keys(node, live, path)

    def _items(self, mine: tuple[Any, ...], theirs: tuple[Any, ...], path: str) -> Difference:
        """Many numbers in a list are one value: where one differs, the rest often does too."""
        places = [place for place, (a, b) in enumerate(zip(mine, theirs)) if not same_atom(a, b)]
        first = places[0]
        more = f" and {len(places) - 1} more items" if len(places) > 1 else ""
        floats = all(isinstance(value, float) for place in places for value in (mine[place], theirs[place]))
        return Difference(f"{path}[{first}]{more}", *_both(_atom(mine[first]), _atom(theirs[first])), floats)

    def _stretch(self, number: int, mine: tuple[Any, ...], theirs: tuple[Any, ...]) -> Difference:
        """Items of a large container, which may be tuples of items; of a dict, keys and values in turn."""
        places = [place for place, (a, b) in enumerate(zip(mine, theirs)) if encode((a,)) != encode((b,))]
        first, path = places[0], self.where.get(number)
        kind = next(node[1] for node in self.match.recorded.nodes if node[0] == Tag.FROZEN and number in node[3])
        at = self.match.recorded.nodes[number][1] + first
        if kind == "dict":
            path += f": {at // 2}. key" if at % 2 == 0 else f"[{mine[first - 1]!r}]"
        else:
            path += f"[{at}]"
        more = f" and {len(places) - 1} more items" if len(places) > 1 else ""
        floats = all(_differ_in_floats(mine[place], theirs[place]) for place in places)
        return Difference(path + more, *_both(_atom(mine[first]), _atom(theirs[first])), floats)

    def _in_keys(self, node: Node, live: Node, path: str) -> Difference:
        """Where the fields are the same by their labels: members of a set, keys that are objects, or the order of keys."""
        if node[0] == Tag.SET and (mine := plain_members(node)) != (theirs := plain_members(live)):
            return Difference(path, _only(mine, theirs), _only(theirs, mine))
        if node[0] == Tag.SET and node[3]:
            return Difference(path, "its members in an order", "in another one")
        labels = list(fields(self.match.recorded, node)), list(fields(self.match.live, live))
        if labels[0] != labels[1]:
            first = next(place for place, (a, b) in enumerate(zip(*labels)) if a != b)
            mine_first, live_first = (spelled(some[first], node).strip() for some in labels)
            return Difference(f"{path}: {first}. in order", mine_first, live_first)
        counts = len(keyed(node)), len(keyed(live))
        if counts[0] != counts[1]:
            return Difference(path, f"{counts[0]} keys that are objects", f"{counts[1]} of them")
        return Difference(path, "its keys that are objects, or their values", "others, or another order")

    def _between(self, path: str, recorded: Any, live: Any, *, holder: str = "") -> Difference:
        floats = isinstance(recorded, float) and isinstance(live, float)
        identifiers = _is_identifier(recorded) and _is_identifier(live)
        texts = _both(shown(self.match.recorded, recorded), shown(self.match.live, live))
        if texts[0] == texts[1]:
            texts = self._known_as(recorded, texts[0]), self._seen_as(live, texts[1])
        return Difference(path, *texts, floats, identifiers, holder)

    def _known_as(self, recorded: Any, text: str) -> str:
        return f"{text}, {self.where.get(recorded)}" if is_reference(recorded) else text

    def _seen_as(self, live: Any, text: str) -> str:
        """A live object that looks the same and is another one."""
        partner = self.match.recorded_of[live] if is_reference(live) else None
        return f"{text}, {'another' if partner is None else self.where.get(partner)}"

    def _sharing(self) -> Iterator[Difference]:
        """Buffers that are one on one side, and two on the other."""
        mine: dict[int, int] = {}
        theirs: dict[int, int] = {}
        for number, node in enumerate(self.match.recorded.nodes):
            leaf, partner = leaf_of(node), self.match.live_of[number]
            other = None if partner is None else leaf_of(self.match.live.nodes[partner])
            if leaf is None or other is None:
                continue
            if mine.setdefault(leaf, other) != other or theirs.setdefault(other, leaf) != leaf:
                shares = mine[leaf] != other
                yield Difference(f"{self.where.get(number)}: memory", *(("shared", "its own") if shares else ("its own", "shared")))

    def _without_partner(self) -> Iterator[Difference]:
        """Objects that nothing above has told: that there are any is a difference, whatever it is."""
        recorded, live = self.match.recorded, self.match.live
        passed_over = _of_one_side(recorded, live)
        for number, partner in enumerate(self.match.live_of):
            if partner is None and number not in passed_over:
                yield Difference(self.where.get(number), shown(recorded, number), "nothing that corresponds")
                return
        passed_over = _of_one_side(live, recorded)
        for number, partner in enumerate(self.match.recorded_of):
            if partner is None and number not in passed_over:
                path = Paths(live).get(number)
                yield Difference(path, "nothing that corresponds", shown(live, number))
                return


def _differ_in_floats(mine: Any, theirs: Any) -> bool:
    if type(mine) is tuple and type(theirs) is tuple and len(mine) == len(theirs):
        return all(encode((a,)) == encode((b,)) or _differ_in_floats(a, b) for a, b in zip(mine, theirs))
    return isinstance(mine, float) and isinstance(theirs, float)


def _presence(is_there: bool) -> str:
    return "there" if is_there else "not there"


def _both(recorded: str, live: str) -> tuple[str, str]:
    """Two long texts from where they part."""
    if max(len(recorded), len(live)) <= _LIMIT:
        return recorded, live
    first = next((place for place, (a, b) in enumerate(zip(recorded, live)) if a != b), min(len(recorded), len(live)))
    start = max(0, first - _LIMIT // 4)
    return _cut(recorded, start), _cut(live, start)


_LIMIT = 80


def _cut(text: str, start: int = 0) -> str:
    before = "…" if start else ""
    return before + (text[start:] if len(text) - start <= _LIMIT else text[start : start + _LIMIT - 1] + "…")


def _only(members: set[tuple[str, Any]], others: set[tuple[str, Any]]) -> str:
    found = sorted(repr(value) for _, value in members - others)
    return _cut(f"with {', '.join(found)}" if found else "without")


def shown(graph: Graph, reference: Any) -> str:
    """A value of a state in a few words."""
    if not is_reference(reference):
        return _atom(atom(reference))
    node = graph.nodes[reference]
    kind = node[0]
    if kind in PLAIN:
        return repr(list(node[1]) if kind == Tag.PLAIN_LIST else node[1])
    if kind == Tag.TENSOR:
        return f"a {graph.nodes[node[1]][2]} of {node[3]} {list(node[4][1])}{f' by {node[5][1]}' if node[5][1] else ''}"
    if kind == Tag.INSTANCE:
        return f"a {graph.nodes[node[1]][2]}"
    if kind == Tag.DICT:
        return f"a dict ({node[1]})" if node[1] else "a dict"
    if kind == Tag.SET:
        return "a frozenset" if node[1] else "a set"
    if kind == Tag.ENUM:
        return f"{graph.nodes[node[1]][2]}.{node[2]}" if node[2] else f"a {graph.nodes[node[1]][2]}"
    return _FORMS[kind].format(*node) if kind in _FORMS else "an object"


def _atom(value: Any) -> str:
    """NaN with its bits where they are not the usual ones: by them alone two can differ."""
    if isinstance(value, float) and math.isnan(value):
        bits = struct.pack(">d", value).hex()
        return "nan" if bits == "7ff8000000000000" else f"nan ({bits})"
    return repr(value)


# By the node's own fields.
_FORMS: dict[str, str] = {
    Tag.LIST: "a list",
    Tag.TUPLE: "a tuple",
    Tag.FROZEN: "a {1} of {2} items",
    Tag.DEQUE: "a deque (maxlen {1})",
    Tag.NAMED: "{1}.{2}",
    Tag.CLASS: "the class {2}",
    Tag.CONSTANT: "{2}",
    Tag.FUNCTION: "the function {1[1]}",
    Tag.BIG_BYTES: "{2} bytes",
    Tag.STORAGE: "{2} bytes of memory on {1}",
    Tag.MEMORY: "{1} bytes of memory",
    Tag.ARRAY: "an array of shape {2}, strides {3}",
    Tag.OBJECT_ARRAY: "an array of shape {1}",
    Tag.OPAQUE: "a {1}",
}


def _of_one_side(graph: Graph, other: Graph) -> set[int]:
    """The nodes of what libraries keep for the process that only this side has loaded."""

    def kept(one: Graph) -> dict[Any, Any]:
        root: Any = one.roots.get("process")
        return dict(zip(*one.nodes[root][3:5])) if is_reference(root) else {}

    theirs = kept(other)
    waiting = [value for name, value in kept(graph).items() if name not in theirs and is_reference(value)]
    found: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += children(graph, graph.nodes[number])
    return found
