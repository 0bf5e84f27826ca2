"""A recorded state and a live one, object by object: which bytes have to be loaded, and writing all of it in place."""

from __future__ import annotations

from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

from . import write
from .build import Build, Code
from .compare import Comparison, leaf_of
from .graph import Graph, Tag
from .match import Match
from .temporary import adopt_live_names

if TYPE_CHECKING:
    from .snapshot import Snapshot


class Checkpoint(Protocol):
    """A recorded state, read lazily. `load` verifies every leaf before it writes the first."""

    @property
    def graph(self) -> Graph: ...

    @property
    def leaf_hashes(self) -> list[bytes]: ...

    @property
    def references(self) -> dict[int, int]: ...

    def leaf(self, leaf: int) -> bytes: ...

    def load(self, targets: list[tuple[int, int]]) -> int: ...


class Core(Protocol):
    """The part of `_flor` that restoring needs."""

    def hash_memory(self, address: int, nbytes: int) -> bytes: ...

    def locals_to_fast(self, frame: FrameType) -> None: ...

    def assign_inline_attributes(self, value: Any, attributes: dict[str, Any], /) -> bool: ...


class SameLeaf:
    """Whether a recorded leaf and a live one have the same bytes; each live one is hashed once.

    It knows nothing of the restoration that it serves: no cycle may keep the program's objects alive for longer.
    """

    def __init__(self, checkpoint: Checkpoint, live: Snapshot, core: Core) -> None:
        self._checkpoint, self._live, self._core = checkpoint, live, core
        self._hashes: dict[int, bytes] = {}

    def __call__(self, recorded: int, live: int) -> bool:
        if live not in self._hashes:
            leaf = self._live.leaves[live]
            self._hashes[live] = self._core.hash_memory(leaf.address, leaf.nbytes)
        return self._checkpoint.leaf_hashes[recorded] == self._hashes[live]


class InPlace:
    """Putting a checkpoint into live objects. Nothing is decided before `build.run()`, and nothing written before `load`."""

    bytes_read = 0

    def __init__(self, checkpoint: Checkpoint, live: Snapshot, core: Core, code: Code, frames: dict[str, FrameType]) -> None:
        self.checkpoint, self.live, self.core = checkpoint, live, core
        self.match = Match(checkpoint.graph, live.graph)
        adopt_live_names(self.match)
        self.same_leaf = SameLeaf(checkpoint, live, core)
        self.comparison = Comparison(self.match, self.same_leaf)
        self.build = Build(self.match, live.objects, self.comparison, code, frames, checkpoint.leaf, core.assign_inline_attributes)

    def load(self) -> None:
        """Writes what the objects hold. The bytes are verified first."""
        self.bytes_read = self.checkpoint.load(self._targets())
        if self.build.to_device:
            from .device_copies import write_back

            write_back(self.build.to_device)
        write.write(self.build)

    def _targets(self) -> list[tuple[int, int]]:
        """Recorded leaves and the addresses that they go to: memory that was made, and live memory that differs."""
        targets = [(leaf, address) for leaf, address, _ in self.build.new_leaves]
        for number, node in enumerate(self.checkpoint.graph.nodes):
            if not self._is_other_memory(number):
                continue
            leaf, partner = leaf_of(node), self.match.live_of[number]
            assert leaf is not None and partner is not None
            live_leaf = leaf_of(self.live.graph.nodes[partner])
            assert live_leaf is not None
            targets.append((leaf, self.live.leaves[live_leaf].address))
            owner = self.live.objects[partner]
            if node[0] == Tag.STORAGE and node[1] != "cpu":
                self.build.to_device.append((self.live.leaves[live_leaf].owner, owner))
        return targets

    def _is_other_memory(self, number: int) -> bool:
        """Whether a leaf goes into live memory that holds other bytes."""
        node, partner = self.checkpoint.graph.nodes[number], self.match.live_of[number]
        leaf = leaf_of(node)
        if leaf is None or partner is None or number in self.build.made or node[0] in (Tag.BIG_BYTES, Tag.STRETCH):
            return False
        live_leaf = leaf_of(self.live.graph.nodes[partner])
        assert live_leaf is not None
        return not self.same_leaf(leaf, live_leaf)
