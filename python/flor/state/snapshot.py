"""A snapshot of the whole live state, and its restoration: the two calls that the loop runtime makes.

Roots of a state: the local variables of every project frame on the stack, the globals of every project module, the value that a
`return` is about to give, and what libraries keep for the whole process.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import FrameType, FunctionType
from typing import TYPE_CHECKING, Any, Protocol

from . import collector, process
from .build import Unrestorable
from .describe import describer_of
from .frames import CAN_UNBIND, free_variables, local_variables, project_frames, write_local_variables
from .frozen import FrozenItems
from .graph import ARGUMENTS, CALLED, ITERATOR, LOOP, VALUE, Graph, Node, Tag, is_reference
from .in_place import Checkpoint as Checkpoint
from .in_place import Core as Core
from .in_place import InPlace
from .iterators import is_iterator
from .native_walk import NativeCore, NativeWalk
from .paths import Paths
from .referrers import KnownReferences, has_other_tensors, own_references, weakly_held
from .walk import COPY, KnownLeaf, Leaf, Walk

if TYPE_CHECKING:
    from .device_copies import DeviceCopies

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


class CheckpointCore(Protocol):
    """The part of `_flor` that takes checkpoints. The `copies` among a checkpoint's leaves are kept until they are written."""

    def checkpoint(self, header: str, graph: bytes, leaves: list[KnownLeaf], copies: list[Any]) -> int | None: ...


class Source(Protocol):
    """Holds the iterator of a loop that runs, and goes on with another one if that is put there."""

    source: Any


@dataclass
class Snapshot:
    """Live state as a graph, with the objects of its nodes and the buffers that are to be copied.

    `references` counts, by node, those to the objects that can be written in place (`referrers`).
    """

    graph: Graph
    objects: list[Any]
    references: dict[int, int]
    _leaves: list[Leaf]
    _device_copies: DeviceCopies | None

    @classmethod
    def of(cls, walk: Walk, references: dict[int, int]) -> Snapshot:
        return cls(walk.graph, walk.objects, references, walk.leaves, walk.device_copies)

    @property
    def leaves(self) -> list[Leaf]:
        """With all their bytes, for which those on a device are waited for."""
        if self._device_copies is not None:
            self._device_copies.wait()
        return self._leaves

    def obstacle(self) -> str | None:
        """Why this state could not be restored, or None: the first object of which nothing can be proved."""
        for number, node in enumerate(self.graph.nodes):
            if node[0] == Tag.OPAQUE and node[2] is None:
                where = Paths(self.graph).get(number)
                return f"{where}: {node[3] or 'opaque'} ({node[1]})"
        return None

    def checkpoint(self, core: CheckpointCore, header: dict[str, Any]) -> int | None:
        """Hands the state over to the core: the checkpoint's number, None where there is none. `header` goes into its manifest."""
        header_json, encoded = json.dumps(header), self.graph.encode()  # a device may still copy meanwhile
        leaves = [(leaf.address, leaf.nbytes, leaf.content, leaf.item_bytes, leaf.origin or leaf.address) for leaf in self._leaves]
        copies = [leaf.owner for leaf in self.leaves if leaf.content == COPY]
        return core.checkpoint(header_json, encoded, leaves, copies)

    def is_equal(self, encoded_graph: bytes, leaf_hashes: list[Any], core: Core) -> bool:
        """Whether this is, bit for bit, the recorded state with that graph and those leaves."""
        return self.graph.encode() == encoded_graph and all(
            core.hash_memory(leaf.address, leaf.nbytes) == recorded for leaf, recorded in zip(self.leaves, leaf_hashes)
        )


NOTHING = object()

# What is changed in place, so that whoever else refers to it sees the change.
_SHARED = frozenset(
    {Tag.LIST, Tag.PLAIN_LIST, Tag.FROZEN, Tag.DICT, Tag.SET, Tag.DEQUE, Tag.BYTEARRAY}
    | {Tag.INSTANCE, Tag.TENSOR, Tag.ARRAY, Tag.OBJECT_ARRAY}
)


def take(
    project: Any,
    frame: FrameType,
    value: Any = NOTHING,
    arguments: dict[str, Any] | None = None,
    frozen: FrozenItems | None = None,
    *,
    begins: bool = False,
    native: NativeCore | None = None,
    iterations: Source | None = None,
) -> Snapshot:
    """The state as it is now. Nothing is copied yet: the leaves point into live memory. `frozen` is what earlier walks know,
    `native` walks faster.

    `frame` is the one in which a loop ends (or `begins`) or, if there are `arguments`, that of a call that does. Of a call's
    variables only those live on that belong to functions around it. `iterations` has the iterator of a loop that is between two
    of its iterations.
    """
    with collector.paused():
        walk = walk_with(native, project, FrozenItems() if frozen is None else frozen)
        walk.scope("process", process.read(project))
        if value is not NOTHING:
            walk.root(VALUE, value)
        if arguments is not None:
            walk.scope(ARGUMENTS, arguments)
            walk.scope(CALLED, _own(project, frame, free_variables(frame)))
        if iterations is not None:
            walk.scope(LOOP, {ITERATOR: iterations.source})
        for label, owner in project_frames(project, frame if arguments is None else frame.f_back):
            walk.scope(label, _own(project, owner, local_variables(owner)))
        for name, module in project.modules():
            walk.scope(f"module {name}", _known(vars(module), project.added_globals(name)))
        walk.run()
        references = walk.count_references()
        if arguments is not None and not begins:
            own = own_references(frame, weakly_held(walk.graph, walk.objects))
            references = {number: count - own[id(walk.objects[number])] for number, count in references.items()}
        return Snapshot.of(walk, references)


def walk_with(native: NativeCore | None, project: Any, frozen: FrozenItems) -> Walk:
    """A walk that is about to begin."""
    return Walk(project, describer_of, frozen) if native is None else NativeWalk(native, project, frozen)


def _own(project: Any, frame: FrameType, variables: dict[str, Any]) -> dict[str, Any]:
    return _known(variables, project.added_variables(frame.f_code))


def _known(names: dict[str, Any], added: frozenset[str]) -> dict[str, Any]:
    """The program's own names: those of the machinery, and those that only probes have, belong to no state."""
    return {name: value for name, value in names.items() if name not in _MODULE_MACHINERY and name not in added}


class HeldElsewhere(Unrestorable):
    """An object would be written that is not the recorded one, and is held where nothing can be bound anew."""


class Restoration(InPlace):
    """Puts one checkpoint into the live program. `prepare` may refuse and leaves everything as it is; `commit` writes."""

    def __init__(self, checkpoint: Checkpoint, project: Any, frame: FrameType, core: Core, live: Snapshot) -> None:
        self.project, self.frame, self.live = project, frame, live
        super().__init__(checkpoint, live, core, project, self._frames())
        self._gone: dict[str, set[str]] = {}

    def prepare(self) -> None:
        """Decides everything; raises `Unrestorable` before anything live was written."""
        recorded, live = set(self.checkpoint.graph.roots), set(self.live.graph.roots)
        different = {label for label in recorded ^ live if label != VALUE}
        if different:
            raise Unrestorable(f"the stack or the modules differ: {', '.join(sorted(different))}")
        self._refuse_mistakable_functions()
        self.build.run()
        for label in recorded - {"process", VALUE, ARGUMENTS}:
            self._gone[label] = self._names_gone(label)
        self._check_arguments()
        here = self._label_of_frame()
        if not CAN_UNBIND and here is not None and self._gone[here]:
            raise Unrestorable(f"it unbinds {', '.join(sorted(self._gone[here]))}, which this Python cannot do from outside")
        self._refuse_what_was_replaced()

    def _refuse_what_was_replaced(self) -> None:
        """What is written in place must be the object that the program changed, where something outside of the state holds it."""
        frames = self._frames()
        recorded = KnownReferences(self.checkpoint.graph, frames).outside(self.checkpoint.references)
        live = KnownReferences(self.live.graph, frames).outside(self.live.references)
        for number, partner in enumerate(self.match.live_of):
            if partner not in live or number not in recorded or number in self.build.made:
                continue
            if self._is_another(self.live.graph.nodes[partner], self.live.objects[partner], live[partner], recorded[number]):
                why = self.build.refuse(number, "another object has taken its place, and something still holds this one")
                raise HeldElsewhere(str(why))

    def _is_another(self, node: Node, value: Any, live: int, recorded: int) -> bool:
        """Whether an object with so many references from outside is not the one that was recorded."""
        if node[0] == Tag.STORAGE:  # autograd may have some of its own, at any time
            return live > recorded and has_other_tensors(value, self.live.objects)
        return recorded <= 0 < live

    def _check_arguments(self) -> None:
        """What a call has changed in its arguments can only be written into those of this one."""
        graph = self.checkpoint.graph
        for name, reference in self._items(ARGUMENTS):
            if not is_reference(reference) or graph.nodes[reference][0] not in _SHARED | {Tag.REDUCED}:
                continue
            partner = self.match.live_of[reference]
            if partner is None:
                raise Unrestorable(f"the argument {name} is another kind of object here")
            # Of an iterator `build` knows who holds it.
            if reference in self.build.made and not is_iterator(self.live.objects[partner]):
                raise self.build.refuse(reference, f"the caller holds the argument {name}, which would be replaced")

    def _items(self, label: str) -> list[tuple[str, Any]]:
        graph = self.checkpoint.graph
        if label not in graph.roots:
            return []
        node = graph.nodes[graph.roots[label]]
        return list(zip(node[3], node[4]))

    def _is_call(self) -> bool:
        return ARGUMENTS in self.live.graph.roots

    def _frames(self) -> dict[str, FrameType]:
        """The frames whose variables are roots, by the roots' labels."""
        if self._is_call():
            return {**dict(project_frames(self.project, self.frame.f_back)), CALLED: self.frame}
        return dict(project_frames(self.project, self.frame))

    def _label_of_frame(self) -> str | None:
        """The root that has the variables of `frame`; None of module level, where they are the module's."""
        return next((label for label, frame in self._frames().items() if frame is self.frame), None)

    def _refuse_mistakable_functions(self) -> None:
        """Of a function with a cell that only a probe has, the record does not tell which of several it is (`probes/cells.py`)."""
        functions = [one for one in self.live.objects if type(one) is FunctionType and self.project.added_cells(one.__code__)]
        keys = [self.project.function_key(one) for one in functions]
        recorded = [node[1] for node in self.checkpoint.graph.nodes if node[0] == Tag.FUNCTION]
        for key in set(keys):
            if max(keys.count(key), recorded.count(key)) > 1:
                raise Unrestorable(
                    f"a probe in {key[1]} looks at a variable around it, and there are several functions of that name"
                )

    def _names_gone(self, label: str) -> set[str]:
        """Names that are bound now and were not."""
        recorded = self.checkpoint.graph.nodes[self.checkpoint.graph.roots[label]][3]
        live = self.live.graph.nodes[self.live.graph.roots[label]][3]
        return set(live) - set(recorded)

    def commit(self) -> Any:
        """Writes the state and gives back the recorded return value, if there is one. The bytes are verified first."""
        self.load()
        self._write_names()
        roots = self.checkpoint.graph.roots
        process.write(self.project, self.build.value(roots["process"]))
        return self.build.value(roots[VALUE]) if VALUE in roots else None

    def iterator(self) -> Any:
        """What gives the loop its items from here on. After `commit`."""
        return self.build.value(self.checkpoint.graph.roots[LOOP])[ITERATOR]

    def _write_names(self) -> None:
        for name, module in self.project.modules():
            self._bind(f"module {name}", vars(module))
        label = self._label_of_frame()
        if label is not None:
            values = self.build.value(self.checkpoint.graph.roots[label])
            write_local_variables(self.frame, values, self._gone[label], self.core)

    def _bind(self, label: str, names: dict[str, Any]) -> None:
        for name, value in self.build.value(self.checkpoint.graph.roots[label]).items():
            if name not in names or names[name] is not value:
                names[name] = value
        for name in self._gone[label]:
            del names[name]
