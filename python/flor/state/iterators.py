"""Iterators of Python's own that are held by name: what they give next is state.

Most tell their parts by `__reduce__` and take a position by `__setstate__`; they stay the same object. Those that only tell are
made anew at their position and bound wherever the old one was, which `Holders` makes sure of. Those over dicts and sets tell how
much is left, which is enough to see whether they moved.
"""

from __future__ import annotations

import itertools
import operator
import sys
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from . import opaque
from .compare import same_atom
from .generators import generator_of
from .graph import Node, Tag, is_reference
from .reduced import describe_reduced
from .referrers import KnownReferences
from .remade import writer_on
from .walk import Describer, Walk

if TYPE_CHECKING:
    from .build import Build

# What they say of themselves is not enough to make them anew; `pairwise` and `batched` say nothing.
_UNREADABLE = frozenset({"groupby", "_grouper", "pairwise", "batched", "_tee", "_tee_dataobject"})

# Those that only pass on what others give; a position of their own, if they have one, is taken by `__setstate__`.
_PASSING_ON: frozenset[Any] = frozenset(
    {zip, map, filter}
    | {itertools.starmap, itertools.compress, itertools.filterfalse, itertools.takewhile, itertools.dropwhile, itertools.accumulate}
)


def describer_for(kind: type) -> Describer | None:
    """The describer of an iterator type that cannot simply be reduced."""
    if kind in _OVER_HASH_TABLES:
        return _over_hash_table
    if kind is itertools.cycle:
        return _cycle
    if kind.__name__ in _OF_ANOTHER_TYPE and kind.__module__ == "builtins":
        return _possibly_used_up
    if kind.__module__ == "itertools":
        return _unreadable if kind.__name__ in _UNREADABLE else _of_itertools
    return None


# Types of which an iterator that is used up gives itself out as one of another type, by name.
_OF_ANOTHER_TYPE: dict[str, Callable[[], Iterator[Any]]] = {
    "list_reverseiterator": lambda: reversed(list[Any]()),
    "bytearray_iterator": lambda: iter(bytearray()),
    "callable_iterator": lambda: iter(int, 0),
}


def used_up(kind: str) -> Iterator[Any]:
    """An iterator of the type of that name, at its end."""
    made = _OF_ANOTHER_TYPE[kind]()
    next(made, None)
    return made


def _possibly_used_up(walk: Walk, value: Any) -> Node:
    with deprecation_unsaid():
        arguments = value.__reduce__()[1]
    if len(arguments) == 1 and not isinstance(value, type(iter(arguments[0]))) and not arguments[0]:
        return (Tag.REDUCED, walk.reference(used_up), walk.reference((type(value).__name__,)), None)
    return describe_reduced(walk, value)


_TABLES: tuple[dict[Any, Any], ...] = ({}, OrderedDict())
_VIEWS = [view for table in _TABLES for view in (table.keys(), table.values(), table.items())]
_OVER_HASH_TABLES: frozenset[type] = frozenset(type(make(view)) for view in _VIEWS for make in (iter, reversed)) | {
    type(iter(set()))
}


def _over_hash_table(walk: Walk, value: Any) -> Node:
    return opaque.node(value, f"{operator.length_hint(value)} left")


def _unreadable(walk: Walk, value: Any) -> Node:
    return opaque.node(value, None, "an iterator whose position cannot be read")


def _of_itertools(walk: Walk, value: Any) -> Node:
    with deprecation_unsaid():
        return describe_reduced(walk, value)


def _cycle(walk: Walk, value: Any) -> Node:
    """One that has come round is its saved items and a position, in whichever of two ways it keeps them."""
    with deprecation_unsaid():
        _, (source,), (saved, has_come_round) = value.__reduce__()
        parts = source.__reduce__() if type(source) is type(iter([])) else ()
    if has_come_round and saved and len(parts) == 3 and parts[1][0] is saved:
        return (Tag.REDUCED, walk.reference(cycle_at), walk.reference((saved, parts[2] % len(saved))), None)
    return _of_itertools(walk, value)


def cycle_at(saved: list[Any], position: int) -> Any:
    source = iter(saved)
    source.__setstate__(position)  # type: ignore[attr-defined]
    made = itertools.cycle(source)
    made.__setstate__((saved, 1))  # type: ignore[attr-defined]
    return made


@contextmanager
def deprecation_unsaid() -> Iterator[None]:
    """Inside, nothing is said of what `itertools` has deprecated.

    Not by `warnings.catch_warnings`: that makes Python forget which of the program's warnings it has shown.
    """
    ignore: Any = ("ignore", None, DeprecationWarning, None, 0)
    filters: Any = warnings.filters
    filters.insert(0, ignore)
    try:
        yield
    finally:
        filters.remove(ignore)


def stays_by_its_parts(build: Build, number: int, partner: int) -> bool:
    """Whether an iterator that passes on what others give is as recorded once those others are.

    So is a generator that has not run, once what it was called with is, and a writer of rows once its file is.
    """
    node, live = build.graph.nodes[number], build.match.live.nodes[partner]
    function = build.value(node[1])
    keeps_nothing = function is generator_of or function is writer_on
    if function not in _PASSING_ON and not keeps_nothing:
        return False
    recorded_parts, live_parts = (graph.nodes[one[2]][1] for graph, one in ((build.graph, node), (build.match.live, live)))
    return len(recorded_parts) == len(live_parts) and all(
        build.value(part) is build.live_objects[other]
        if is_reference(part) and is_reference(other)
        else keeps_nothing and same_atom(part, other)
        for part, other in zip(recorded_parts, live_parts)
    )


def is_iterator(value: Any) -> bool:
    return hasattr(type(value), "__next__")


class Holders:
    """Whether every reference to a live object is one that the graph knows, so that another object can take its place.

    What is not known: the iterator of a loop that runs further out, the frame of a suspended generator, an object in C.
    """

    def __init__(self, build: Build, frames: dict[str, FrameType]) -> None:
        self._objects = build.live_objects
        self._known = KnownReferences(build.match.live, frames).counts

    def are_all_known(self, number: int) -> bool:
        known = self._known[number] + 1  # the walk's own list of objects
        return sys.getrefcount(self._objects[number]) - 1 == known
