"""Who refers to an object besides the objects that a walk has seen.

What is written in place is seen by everyone who holds the object. That is right where the program has changed this very object
when it was recorded, and wrong where it had put another in its place: `kept.append(step())` holds the old list while `step` binds
`kept` to a new one, and so do `for item in kept:` and `with guard:`. Operands, iterators and guards are on the stack of
the interpreter, where nothing can look. But they count: of an object's references (`sys.getrefcount`), those that the graph does
not know are outside. An object that has some when it is to be written, and had none at the end of the recorded execution, is not
the object that was recorded there.

A snapshot keeps the bare counts; what the graph knows of them is counted only when something is restored.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Iterator
from types import FrameType
from typing import Any

from .edges import children
from .frames import local_variables
from .graph import ARGUMENTS, VALUE, Graph, Node, Tag, is_reference

_VAR_POSITIONAL, _VAR_KEYWORD = 0x04, 0x08  # CO_VARARGS, CO_VARKEYWORDS

# What can be written in place while something else goes on holding it. A storage is counted by its own tensors.
COUNTED = frozenset(
    {Tag.LIST, Tag.PLAIN_LIST, Tag.FROZEN, Tag.DICT, Tag.SET, Tag.DEQUE, Tag.BYTEARRAY}
    | {Tag.INSTANCE, Tag.TENSOR, Tag.ARRAY, Tag.OBJECT_ARRAY, Tag.STORAGE}
)

# To an object while it is counted: the walk's list of objects, the argument of `sys.getrefcount`.
_REFERENCES_OF_OURS = 2


def count_references(graph: Graph, objects: list[Any]) -> dict[int, int]:
    """By node: how many references there are to its object, and how many tensors and views to a storage."""
    return {
        number: tensors_of(objects[number]) if node[0] == Tag.STORAGE else sys.getrefcount(objects[number]) - _REFERENCES_OF_OURS
        for number, node in enumerate(graph.nodes)
        if node[0] in COUNTED
    }


def tensors_of(storage: Any) -> int:
    """How many tensors and views there are of a storage; 0 where this PyTorch does not tell."""
    count = getattr(sys.modules["torch"]._C, "_storage_Use_Count", None)
    return 0 if count is None else int(count(storage._cdata))


def has_other_tensors(storage: Any, known: list[Any]) -> bool:
    """Whether an object of the program has a tensor in this memory besides the known ones.

    An iterator over the parts of a tensor has some. It goes through every object that there is. A tensor that no object refers to
    is one that only autograd keeps.
    """
    torch = sys.modules["torch"]
    known_ids = set(map(id, known))
    everything = gc.get_objects()
    tensors = [one for one in everything if issubclass(type(one), torch.Tensor) and id(one) not in known_ids]
    here = [one for one in tensors if one.layout == torch.strided and one.untyped_storage()._cdata == storage._cdata]
    ours = {id(everything), id(tensors), id(here), id(sys._getframe())}
    return any(id(referrer) not in ours for one in here for referrer in gc.get_referrers(one))


def own_references(frame: FrameType, weakly_held: list[Any]) -> Counter[int]:
    """By id: references that end with the call that ends in `frame`.

    The walk of its end takes each argument to be held twice, as at its beginning: by the call, and by a copy of the walk's own.
    """
    variables = local_variables(frame)
    code = frame.f_code
    in_cells = {*code.co_cellvars, *code.co_freevars}
    found = Counter(id(value) for name, value in variables.items() if name not in in_cells)
    collected = iter(code.co_varnames[code.co_argcount + code.co_kwonlyargcount :])
    if code.co_flags & _VAR_POSITIONAL:
        found.update(map(id, variables.get(next(collected)) or ()))
    if code.co_flags & _VAR_KEYWORD:
        found.update(map(id, (variables.get(next(collected)) or {}).values()))
    found.subtract(map(id, weakly_held))
    return found


def to_json(counts: dict[int, int]) -> dict[str, Any]:
    """The counts as a manifest has them: the usual one once, and the nodes of each other."""
    usual = Counter(counts.values()).most_common(1)[0][0] if counts else 0
    others: dict[str, list[int]] = {}
    for number, count in [(number, count) for number, count in counts.items() if count != usual]:
        others.setdefault(str(count), []).append(number)
    return {"usual": usual, "others": others}


def from_json(recorded: dict[str, Any], graph: Graph) -> dict[int, int]:
    counts = {number: int(recorded["usual"]) for number, node in enumerate(graph.nodes) if node[0] in COUNTED}
    for count, numbers in recorded["others"].items():
        counts.update((number, int(count)) for number in numbers if number in counts)
    return counts


class KnownReferences:
    """How many references to each object are those of objects and variables in the graph. `frames` are by their roots' labels."""

    def __init__(self, graph: Graph, frames: dict[str, FrameType]) -> None:
        self._graph = graph
        self.counts: Counter[int] = Counter()
        copies = self._copies()
        # Parts of objects that only say what they are made of: some are made for the saying, and none is the program's to hold.
        self._inside = {child for number, node in enumerate(graph.nodes) if node[0] == Tag.REDUCED for child in self._parts(node)}
        for number, node in enumerate(graph.nodes):
            for child in children(graph, node) if node[0] != Tag.WEAKREF else ():
                self.counts[child] += 2 if number in copies else 1
        for value in self._in_cells(frames):
            self.counts[value] -= 1  # the cell holds it, and the cell is known if anything else shows it

    def outside(self, counts: dict[int, int]) -> dict[int, int]:
        """By node: how many of the counted references are none of these."""
        tensors = Counter(node[2] for node in self._graph.nodes if node[0] == Tag.TENSOR)
        known = {number: tensors[number] if self._is_storage(number) else self.counts[number] for number in counts}
        found = {number: count - known[number] for number, count in counts.items() if number not in self._inside}
        value = self._graph.roots.get(VALUE)
        if is_reference(value) and value in found:
            found[value] = 0  # our own functions hold it while they pass it on: nobody knows how often
        return found

    def _parts(self, node: Node) -> Iterator[int]:
        for part in filter(is_reference, node[2:4]):
            yield part
            yield from children(self._graph, self._graph.nodes[part])

    def _is_storage(self, number: int) -> bool:
        return bool(self._graph.nodes[number][0] == Tag.STORAGE)

    def _copies(self) -> set[int]:
        """Objects of the walk's own: what they refer to is referred to by the program's object as well."""
        graph = self._graph
        copies = {root for label, root in graph.roots.items() if is_reference(root) and label != VALUE}
        for node in graph.nodes:
            if node[0] == Tag.REDUCED and graph.nodes[node[1]][2] != "zip":  # which shows its own tuple
                copies.update(part for part in node[2:4] if is_reference(part))
            elif node[0] == Tag.INSTANCE and node[2] is not None:
                copies.add(node[2])
        return copies

    def _in_cells(self, frames: dict[str, FrameType]) -> Iterator[int]:
        for label, frame in frames.items():
            root: Node = self._graph.nodes[self._graph.roots[label]]
            in_cells = {*frame.f_code.co_cellvars, *frame.f_code.co_freevars}
            for name, value in zip(root[3], root[4]):
                if name in in_cells and is_reference(value):
                    yield value


def weakly_held(graph: Graph, objects: list[Any]) -> list[Any]:
    """The arguments of an ended call that are no longer held for the walk: those that a weak reference can be made to."""
    root = graph.roots.get(ARGUMENTS)
    if root is None:
        return []
    return [objects[value] for value in graph.nodes[root][4] if is_reference(value) and type(objects[value]).__weakrefoffset__]
