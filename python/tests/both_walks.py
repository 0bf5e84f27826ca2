"""A walk that is made twice, in Python and natively, and has to be the same."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from flor.state import snapshot
from flor.state.describe import describer_of
from flor.state.frozen import FrozenItems
from flor.state.graph import Graph
from flor.state.native_walk import NativeWalk, native_counts
from flor.state.walk import Leaf, Walk

from . import native


class BothWalks(Walk):
    """The walk in Python; at its end the native one is held to it."""

    def __init__(self, core: Any, project: Any, frozen: FrozenItems) -> None:
        super().__init__(project, describer_of, frozen)
        self._roots: list[tuple[str, Any, bool]] = []

    def root(self, label: str, value: Any) -> None:
        self._roots.append((label, value, id(value) in self._scopes))
        super().root(label, value)

    def run(self) -> None:
        other = NativeWalk(native.core(), self.project, FrozenItems())
        for label, value, is_scope in self._roots:
            (other.scope if is_scope else other.root)(label, value)
        self._roots = []  # what the program's objects are referred to by is counted afterwards
        other.run()  # first: the one in Python gives each instance a `__dict__`
        super().run()
        hold_together(self, other)

    def count_references(self) -> dict[int, int]:
        ours = super().count_references()
        assert ours == native_counts(native.core(), self.graph.nodes, self.objects)
        return ours


def hold_together(ours: Walk, native: Walk) -> None:
    assert_equal(ours.graph, native.graph)
    assert list(map(_told, ours.leaves)) == list(map(_told, native.leaves))
    assert list(map(type, ours.objects)) == list(map(type, native.objects))


def assert_equal(ours: Graph, native: Graph) -> None:
    assert ours.roots == native.roots
    assert ours.shapes == native.shapes
    for number, (one, other) in enumerate(zip(ours.nodes, native.nodes, strict=False)):
        assert repr(one) == repr(other), f"node {number}"
    assert ours.encode() == native.encode()


def _told(leaf: Leaf) -> tuple[Any, ...]:
    """Where a leaf lies, unless its memory was made for the walk; constants are numbered anew."""
    return (leaf.nbytes, leaf.content > 0, leaf.item_bytes, type(leaf.owner))


@contextlib.contextmanager
def installed() -> Iterator[None]:
    """Every state that is looked at meanwhile is walked in Python and natively, with the same result."""
    native.core()  # a compiler that was started in the middle of a program would leave its traces there
    before: Any = snapshot.walk_with
    snapshot.walk_with = BothWalks
    try:
        yield
    finally:
        snapshot.walk_with = before
