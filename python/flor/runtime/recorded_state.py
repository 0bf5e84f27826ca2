"""One checkpoint of the recorded run, read as far as it is needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from ..state import referrers
from ..state.build import Unrestorable
from ..state.graph import Graph


class Record(Protocol):
    """The recorded run, as the core reads it."""

    def checkpoints(self) -> list[tuple[int, dict[str, Any]]]: ...

    def graph(self, number: int) -> bytes: ...

    def leaf_hashes(self, number: int) -> list[bytes]: ...

    def load(self, number: int, targets: list[tuple[int, int]]) -> int: ...

    def read_leaf(self, number: int, leaf: int) -> bytes: ...


class Damaged(Unrestorable):
    """A checkpoint that is not what was recorded."""


class RecordedState:
    """One checkpoint, read lazily; what `snapshot.Restoration` restores from."""

    def __init__(self, core: Record, number: int, manifest: dict[str, Any]) -> None:
        self._core = core
        self.number = number
        self._manifest = manifest
        self._encoded: bytes | None = None
        self._graph: Graph | None = None
        self._hashes: list[bytes] | None = None

    @property
    def graph(self) -> Graph:
        if self._graph is None:
            with self._damage_told():
                self._graph = Graph.decode(self.encoded_graph)
        return self._graph

    @property
    def encoded_graph(self) -> bytes:
        if self._encoded is None:
            with self._damage_told():
                self._encoded = self._core.graph(self.number)
        return self._encoded

    @property
    def leaf_hashes(self) -> list[bytes]:
        if self._hashes is None:
            with self._damage_told():
                self._hashes = self._core.leaf_hashes(self.number)
        return self._hashes

    @property
    def references(self) -> dict[int, int]:
        return referrers.from_json(self._manifest["references"], self.graph)

    def load(self, targets: list[tuple[int, int]]) -> int:
        """Where this raises, nothing has been written: every leaf is verified before the first is."""
        with self._damage_told():
            return self._core.load(self.number, targets)

    def leaf(self, leaf: int) -> bytes:
        with self._damage_told():
            return self._core.read_leaf(self.number, leaf)

    @contextmanager
    def _damage_told(self) -> Iterator[None]:
        try:
            yield
        except (RuntimeError, ValueError) as error:  # the core's own errors in Python; bytes that are no graph
            raise Damaged(f"checkpoint {self.number} cannot be used: {error}") from error
