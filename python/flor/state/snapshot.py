"""A snapshot of the whole live state, and its restoration: the two calls that the loop runtime makes.

Roots of a state: the local variables of every project frame on the stack, the globals of every project module, the value that a
`return` is about to give, and what libraries keep for the whole process.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol

from . import process, write
from .build import Build, Unrestorable
from .compare import Comparison, leaf_of
from .describe import describer_of
from .edges import paths
from .frames import WRITES_THROUGH, local_variables, project_frames, write_local_variables
from .graph import Graph, Tag
from .match import Match
from .temporary import adopt_live_names
from .walk import Leaf, Walk

# What a module's dict holds besides the program's own names.
_MODULE_MACHINERY = frozenset(
    {
        "__builtins__",
        "__spec__",
        "__loader__",
        "__cached__",
        "__file__",
        "__name__",
        "__package__",
        "__doc__",
        "__path__",
    }
    | {"__warningregistry__"}  # which lines have warned: standard error only, and probes move the lines
)


class Checkpoint(Protocol):
    """A recorded state, read lazily. `load` verifies every leaf before it writes the first."""

    @property
    def graph(self) -> Graph: ...

    @property
    def leaf_hashes(self) -> list[bytes]: ...

    def load(self, targets: list[tuple[int, int]]) -> int: ...


class Core(Protocol):
    """The part of `_flor` that restoring needs."""

    def hash_memory(self, address: int, nbytes: int) -> bytes: ...

    def locals_to_fast(self, frame: FrameType) -> None: ...


@dataclass
class Snapshot:
    """Live state as a graph, with the objects of its nodes and the buffers that are to be copied."""

    graph: Graph
    objects: list[Any]
    leaves: list[Leaf]

    def obstacle(self) -> str | None:
        """Why this state could not be restored, or None: the first object of which nothing can be proved."""
        for number, node in enumerate(self.graph.nodes):
            if node[0] == Tag.OPAQUE and node[2] is None:
                where = paths(self.graph).get(number, "an object")
                return f"{where}: {node[3] or 'opaque'} ({node[1]})"
        return None

    def is_equal(self, encoded_graph: bytes, leaf_hashes: list[Any], core: Core) -> bool:
        """Whether this is, bit for bit, the recorded state with that graph and those leaves."""
        return self.graph.encode() == encoded_graph and all(
            core.hash_memory(leaf.address, leaf.nbytes) == recorded for leaf, recorded in zip(self.leaves, leaf_hashes)
        )


NOTHING = object()


def take(project: Any, frame: FrameType, value: Any = NOTHING) -> Snapshot:
    """The state as it is now. Nothing is copied yet: the leaves point into live memory."""
    collecting = gc.isenabled()
    gc.disable()  # a collection in here could run the program's own finalizers at another place than without us
    try:
        walk = Walk(project, describer_of)
        walk.root("process", process.read())
        if value is not NOTHING:
            walk.root("returned value", value)
        for label, owner in project_frames(project, frame):
            walk.root(label, _known(project, local_variables(owner)))
        for name, module in project.modules():
            walk.root(f"module {name}", _known(project, vars(module)))
        walk.run()
        return Snapshot(walk.graph, walk.objects, walk.leaves)
    finally:
        if collecting:
            gc.enable()


def _known(project: Any, names: dict[str, Any]) -> dict[str, Any]:
    """The program's own names: those of the machinery, and those that came with a probe, belong to no state."""
    return {name: value for name, value in names.items() if name not in _MODULE_MACHINERY and project.knows_name(name)}


class Restoration:
    """Puts one checkpoint into the live program. `prepare` may refuse and leaves everything as it is; `commit` writes."""

    def __init__(self, checkpoint: Checkpoint, project: Any, frame: FrameType, core: Core, live: Snapshot | None = None) -> None:
        self.checkpoint, self.project, self.frame, self.core = checkpoint, project, frame, core
        self.live = take(project, frame, None) if live is None else live
        self.match = Match(checkpoint.graph, self.live.graph)
        adopt_live_names(self.match)
        self.comparison = Comparison(self.match, self._same_leaf)
        self.build = Build(self.match, self.live.objects, self.comparison, project)
        self._hashes: dict[int, bytes] = {}
        self._gone: dict[str, set[str]] = {}

    def _same_leaf(self, recorded: int, live: int) -> bool:
        if live not in self._hashes:
            leaf = self.live.leaves[live]
            self._hashes[live] = self.core.hash_memory(leaf.address, leaf.nbytes)
        return self.checkpoint.leaf_hashes[recorded] == self._hashes[live]

    def prepare(self) -> None:
        """Decides everything; raises `Unrestorable` before anything live was written."""
        recorded, live = set(self.checkpoint.graph.roots), set(self.live.graph.roots)
        different = {label for label in recorded ^ live if label != "returned value"}
        if different:
            raise Unrestorable(f"the stack or the modules differ: {', '.join(sorted(different))}")
        self.build.run()
        for label in recorded - {"process", "returned value"}:
            self._gone[label] = self._names_gone(label)
        here = project_frames(self.project, self.frame)
        if WRITES_THROUGH and here and here[-1][1] is self.frame and self._gone[here[-1][0]]:
            raise Unrestorable(
                f"the loop unbinds {', '.join(sorted(self._gone[here[-1][0]]))}, which this Python cannot do from outside"
            )

    def _names_gone(self, label: str) -> set[str]:
        """Names that are bound now and were not."""
        recorded = self.checkpoint.graph.nodes[self.checkpoint.graph.roots[label]][3]
        live = self.live.graph.nodes[self.live.graph.roots[label]][3]
        return set(live) - set(recorded)

    def commit(self) -> Any:
        """Writes the state and gives back the recorded return value, if there is one. The bytes are verified first."""
        self.bytes_read = self.checkpoint.load(self._targets())
        for source, target in self.build.to_device:
            target.copy_(source)
        write.write(self.build)
        self._write_names()
        roots = self.checkpoint.graph.roots
        process.write(self.build.value(roots["process"]))
        return self.build.value(roots["returned value"]) if "returned value" in roots else None

    def _targets(self) -> list[tuple[int, int]]:
        """Recorded leaves and the addresses that they go to: memory that was made, and live memory that differs."""
        targets = [(leaf, address) for leaf, address, _ in self.build.new_leaves]
        for number, node in enumerate(self.checkpoint.graph.nodes):
            leaf, partner = leaf_of(node), self.match.live_of[number]
            if leaf is None or partner is None or number in self.build.made or node[0] == Tag.BIG_BYTES:
                continue
            live_leaf = leaf_of(self.live.graph.nodes[partner])
            assert live_leaf is not None
            if self._same_leaf(leaf, live_leaf):
                continue
            targets.append((leaf, self.live.leaves[live_leaf].address))
            owner = self.live.objects[partner]
            if node[0] == Tag.STORAGE and node[1] != "cpu":
                self.build.to_device.append((self.live.leaves[live_leaf].owner, owner))
        return targets

    def _write_names(self) -> None:
        for name, module in self.project.modules():
            self._bind(f"module {name}", vars(module))
        here = project_frames(self.project, self.frame)
        if here and here[-1][1] is self.frame:
            label = here[-1][0]
            values = self.build.value(self.checkpoint.graph.roots[label])
            write_local_variables(self.frame, values, self._gone[label], self.core)

    def _bind(self, label: str, names: dict[str, Any]) -> None:
        for name, value in self.build.value(self.checkpoint.graph.roots[label]).items():
            if name not in names or names[name] is not value:
                names[name] = value
        for name in self._gone[label]:
            del names[name]
