"""A core made of Python objects: what `_flor` does, without files and without Swift. Tests of state and runtime run on it."""

from __future__ import annotations

import ctypes
import hashlib
import json
import sys
from collections import Counter
from typing import Any

from flor.state.frozen import same_items
from flor.state.walk import COPY, KnownLeaf


def read_memory(address: int, nbytes: int) -> bytes:
    return ctypes.string_at(address, nbytes) if nbytes else b""


# A constructor may be called thousands of times; it is the first that tell.
MOST_PER_SITE = 64


class MemoryCore:
    """Keeps checkpoints in memory: the first of each site, of what is at least `shortest_seconds` long."""

    def __init__(self, shortest_seconds: float = 0.0) -> None:
        self.shortest_seconds = shortest_seconds
        self.taken: list[tuple[dict[str, Any], bytes, list[bytes]]] = []
        self._taken_at: Counter[int] = Counter()
        self.lost_seconds = 0.0
        self.leaves_read = 0
        self.at_boundaries = False

    # recording

    def consider(self, site: int, seconds: float) -> bool:
        return seconds >= self.shortest_seconds and self._taken_at[site] < MOST_PER_SITE

    def consider_boundary(self, site: int, uncovered_seconds: float, checkpoints: int) -> float:
        """Only tests that ask for them have checkpoints between iterations."""
        return -1.0 if self.at_boundaries and self._taken_at[-1 - site] < MOST_PER_SITE else 1e9

    def passed_over(self) -> str:
        return "{}"

    def checkpoint(self, header: str, graph: bytes, leaves: list[KnownLeaf], copies: list[Any]) -> int | None:
        assert len(copies) == sum(content == COPY for _, _, content, *_ in leaves)
        self.taken.append((json.loads(header), graph, [read_memory(address, nbytes) for address, nbytes, *_ in leaves]))
        return len(self.taken)

    def lost(self, site: int, seconds: float, taken: bool, at_boundary: bool) -> None:
        self.lost_seconds += seconds
        self._taken_at[-1 - site if at_boundary else site] += taken

    def followed(self, seconds: float, spent_seconds: float) -> int:
        self.lost_seconds += spent_seconds
        return 0

    def same_items(self, container: Any, stretches: tuple[tuple[Any, ...], ...]) -> bytes:
        return same_items(container, stretches)

    # restoring

    def checkpoints(self) -> list[tuple[int, dict[str, Any]]]:
        return [(number, header) for number, (header, _, _) in enumerate(self.taken, 1)]

    def graph(self, number: int) -> bytes:
        return self.taken[number - 1][1]

    def leaf_hashes(self, number: int) -> list[bytes]:
        return [_hash(leaf) for leaf in self.taken[number - 1][2]]

    def load(self, number: int, targets: list[tuple[int, int]]) -> int:
        for leaf, address in targets:
            data = self.taken[number - 1][2][leaf]
            ctypes.memmove(address, data, len(data))
            self.leaves_read += 1
        return sum(len(self.taken[number - 1][2][leaf]) for leaf, _ in targets)

    def read_leaf(self, number: int, leaf: int) -> bytes:
        return self.taken[number - 1][2][leaf]

    def read_memory(self, address: int, nbytes: int) -> bytes:
        return read_memory(address, nbytes)

    def hash_memory(self, address: int, nbytes: int) -> bytes:
        return _hash(read_memory(address, nbytes))

    def locals_to_fast(self, frame: Any) -> None:
        if sys.version_info < (3, 13):
            ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(1))

    def assign_inline_attributes(self, value: Any, attributes: dict[str, Any]) -> bool:
        """Through its `__dict__`, as where it isn't known how Python keeps them."""
        return False


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
