"""Pass two of a restore: what object each recorded node will be. Nothing live is written here, so a refusal costs nothing.

A mutable object that has a partner stays the partner. An immutable one stays if everything below it is the same, else it is made
anew from its parts. What has no partner is made: as an empty shell where it is mutable, so that cycles close.
"""

from __future__ import annotations

import collections
import operator
import sys
import types
import weakref
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from . import write
from .compare import Comparison
from .edges import paths
from .graph import Graph, Node, Reference, Tag, atom, is_reference
from .layout import layout_of
from .match import Match

# Matched objects of these kinds may stay themselves only if nothing below them changed.
_IMMUTABLE = frozenset(
    {Tag.TUPLE, Tag.PLAIN_TUPLE, Tag.METHOD, Tag.BUILTIN_METHOD, Tag.WEAKREF, Tag.REDUCED, Tag.BIG_BYTES, Tag.ENUM}
)


_CONTAINERS = frozenset({Tag.LIST, Tag.PLAIN_LIST, Tag.DICT, Tag.SET, Tag.DEQUE})


class Unrestorable(Exception):
    """The recorded state cannot be put into the live program; the message says which object, and why."""


class Code(Protocol):
    """Finds the code object of a recorded function."""

    def code_for(self, key: tuple[Any, ...]) -> tuple[types.CodeType, dict[str, Any]] | None: ...


class Build:
    """Decides and makes; `objects[r]` is what recorded node `r` will be."""

    def __init__(self, match: Match, live_objects: list[Any], comparison: Comparison, code: Code) -> None:
        self.match = match
        self.graph: Graph = match.recorded
        self.comparison = comparison
        self.code = code
        self.live_objects = live_objects
        self.objects: list[Any] = [_UNDECIDED] * len(self.graph.nodes)
        self.made: set[int] = set()
        self.new_leaves: list[tuple[int, int, Any]] = []  # leaf, address, owner: memory that was allocated here
        self.to_device: list[tuple[Any, Any]] = []  # memory here, storage there: copied once the bytes are loaded
        self._paths: dict[int, str] | None = None

    def run(self) -> None:
        """Decides every node; raises `Unrestorable`."""
        for number in range(len(self.graph.nodes)):
            self._decide(number)

    def value(self, reference: Reference) -> Any:
        """The object, or the atom, that a reference stands for."""
        return self.objects[reference] if is_reference(reference) else atom(reference)

    def refuse(self, number: int, why: str) -> Unrestorable:
        if self._paths is None:
            self._paths = paths(self.graph)
        return Unrestorable(f"{self._paths.get(number, 'an object')}: {why}")

    def _decide(self, first: int) -> None:
        """Depth first along what must be there before; the stack is ours, since graphs are deep."""
        stack: list[tuple[int, bool]] = [(first, False)]
        open_numbers: set[int] = set()
        while stack:
            number, ready = stack.pop()
            if self.objects[number] is not _UNDECIDED:
                continue
            if ready:
                open_numbers.discard(number)
                self.objects[number] = self._choose(number)
                continue
            if number in open_numbers:
                raise self.refuse(number, "immutable objects that hold one another")
            open_numbers.add(number)
            stack.append((number, True))
            stack += [(child, False) for child in self._needed_first(number) if self.objects[child] is _UNDECIDED]

    def _needed_first(self, number: int) -> list[int]:
        node = self.graph.nodes[number]
        needed = [reference for reference in needed_first(node) if is_reference(reference)]
        for container in self.argument_containers(node):
            needed += filter(is_reference, contained(self.graph.nodes[container]))
        return needed

    def argument_containers(self, node: Node) -> list[int]:
        """Lists, dicts and sets handed to the function that makes a reduced object: they must be full when it is called."""
        if node[0] != Tag.REDUCED or not is_reference(node[2]):
            return []
        arguments = self.graph.nodes[node[2]]
        found = [reference for reference in arguments[1] if is_reference(reference)] if arguments[0] == Tag.TUPLE else []
        return [reference for reference in found if self.graph.nodes[reference][0] in _CONTAINERS]

    def _choose(self, number: int) -> Any:
        partner = self.match.live_of[number]
        if partner is not None and self._stays(number, partner):
            return self.live_objects[partner]
        node = self.graph.nodes[number]
        self.made.add(number)
        return self._make(number, node, partner)

    def _stays(self, number: int, partner: int) -> bool:
        node = self.graph.nodes[number]
        tag = node[0]
        if tag == Tag.OPAQUE:
            self._check_opaque(number, node, partner)
            return True
        if tag in _IMMUTABLE or (tag == Tag.SET and node[1]) or (tag == Tag.TENSOR and node[5][1] is not None):
            return self.comparison.same_deeply(number) or self._takes_state(node, partner)
        if tag == Tag.INSTANCE:
            layout = layout_of(type(self.live_objects[partner]))
            return layout is not None and (not layout.is_value or self.comparison.same_deeply(number))
        if tag == Tag.ARRAY:
            live = self.match.live.nodes[partner]
            return self.match.live_of[node[5]] == live[5] and node[4] == live[4] and self.comparison.same_deeply(node[1])
        return True

    def _takes_state(self, node: Node, partner: int) -> bool:
        """Whether a reduced object can be brought to its recorded state by `__setstate__`, and so stay the same object."""
        if node[0] != Tag.REDUCED or node[3] is None:
            return False
        same_call = all(not is_reference(part) or self.comparison.same_deeply(part) for part in node[1:3])
        return same_call and hasattr(self.live_objects[partner], "__setstate__")

    def _check_opaque(self, number: int, node: Node, partner: int) -> None:
        live = self.match.live.nodes[partner]
        if node[2] is None or live[2] is None:
            raise self.refuse(number, f"{node[3] or live[3] or 'opaque'} ({node[1]})")
        if node[2] != live[2]:
            raise self.refuse(number, f"{node[1]} moved: {live[2]} here, {node[2]} when it was recorded")

    def _make(self, number: int, node: Node, partner: int | None) -> Any:
        maker = _MAKERS.get(node[0])
        if maker is None:
            raise self.refuse(number, f"{node[1]} cannot be made anew" if node[0] == Tag.OPAQUE else "it cannot be made anew")
        return maker(self, number, node)


_UNDECIDED = object()


def needed_first(node: Node) -> Iterable[Reference]:
    """The references whose objects must exist before the node's own can be made."""
    tag = node[0]
    if tag in (Tag.TUPLE,):
        return tuple(node[1])
    if tag == Tag.SET:
        return tuple(node[2]) if node[1] else ()
    if tag in (Tag.METHOD, Tag.BUILTIN_METHOD, Tag.WEAKREF, Tag.ENUM):
        return tuple(node[1:])
    if tag == Tag.REDUCED:
        return tuple(node[1:4])
    if tag == Tag.FUNCTION:
        return tuple(node[2])
    if tag == Tag.INSTANCE:
        return (node[1],) if node[2] is None else (node[1], node[2])
    if tag == Tag.TENSOR:
        return tuple(node[1:3])
    if tag == Tag.ARRAY:
        return (node[1], node[5], node[6])
    if tag == Tag.GENERATOR:
        return tuple(node[2:])
    return ()


def contained(node: Node) -> tuple[Reference, ...]:
    """The items of a container's node, keys and values alike."""
    if node[0] == Tag.DICT:
        return (*node[3], *node[4])
    return tuple(node[2]) if node[0] in (Tag.SET, Tag.DEQUE) else tuple(node[1]) if node[0] == Tag.LIST else ()


def _make_named(build: Build, number: int, node: Node) -> Any:
    module, name = node[1], node[2]
    try:
        found = sys.modules[module]
        return operator.attrgetter(name)(found) if name else found
    except (KeyError, AttributeError):
        raise build.refuse(number, f"{module}.{name} is not there by that name") from None


def _make_tuple(build: Build, number: int, node: Node) -> Any:
    return tuple(node[1]) if node[0] == Tag.PLAIN_TUPLE else tuple(map(build.value, node[1]))


def _make_dict(build: Build, number: int, node: Node) -> Any:
    kinds: dict[str | None, Callable[[], Any]] = {
        None: dict,
        "OrderedDict": collections.OrderedDict,
        "defaultdict": collections.defaultdict,
    }
    return kinds[node[1]]()


def _make_set(build: Build, number: int, node: Node) -> Any:
    return frozenset(map(build.value, node[2])) if node[1] else set()


def _make_instance(build: Build, number: int, node: Node) -> Any:
    cls = build.value(node[1])
    layout = layout_of(cls)
    if layout is None:
        raise build.refuse(number, f"{cls.__qualname__} keeps a part of itself in C")
    base: Any = layout.base or object
    payload = (build.value(node[2]),) if node[2] is not None and layout.is_value else ()
    return base.__new__(cls, *payload)


def _make_function(build: Build, number: int, node: Node) -> Any:
    found = build.code.code_for(node[1])
    if found is None:
        raise build.refuse(number, f"the code of the function {node[1][1]} is not unique, or not there")
    code, module_globals = found
    closure = tuple(map(build.value, node[2])) or None
    made = types.FunctionType(code, module_globals, code.co_name, None, closure)
    made.__qualname__ = node[1][1]
    return made


def _make_method(build: Build, number: int, node: Node) -> Any:
    return types.MethodType(build.value(node[1]), build.value(node[2]))


def _make_builtin_method(build: Build, number: int, node: Node) -> Any:
    return getattr(build.value(node[1]), node[2])


def _make_weakref(build: Build, number: int, node: Node) -> Any:
    if node[2]:
        raise build.refuse(number, "a weak reference with a callback that is not in the live program")
    target = build.value(node[1])
    return weakref.ref(target if target is not None else _Gone())


class _Gone:
    """The target of a weak reference that is dead already."""


def _make_enum(build: Build, number: int, node: Node) -> Any:
    cls = build.value(node[1])
    return cls(build.value(node[3])) if node[2] is None else cls[node[2]]


def _make_reduced(build: Build, number: int, node: Node) -> Any:
    function = build.value(node[1])
    if function is iter or getattr(function, "__name__", "") in ("enumerate", "zip", "map", "filter", "reversed"):
        raise build.refuse(number, f"an iterator ({function.__name__}) that moved")
    for container in build.argument_containers(node):
        if container in build.made:
            write.fill_container(build, build.objects[container], build.graph.nodes[container])
    return function(*build.value(node[2]))


def _make_constant(build: Build, number: int, node: Node) -> Any:
    named = {"ellipsis": Ellipsis, "NotImplementedType": NotImplemented}
    if node[1] in named:
        return named[node[1]]
    raise build.refuse(number, f"a {node[1]} that is not in the live program")


def _make_by_library(build: Build, number: int, node: Node) -> Any:
    if node[0] in (Tag.TENSOR, Tag.STORAGE) or (node[0] == Tag.GENERATOR and node[1] == "torch"):
        from . import tensor_restore

        return tensor_restore.make(build, number, node)
    from . import array_restore

    return array_restore.make(build, number, node)


def _make_big_bytes(build: Build, number: int, node: Node) -> Any:
    # bytes are immutable, but nobody has seen these yet: the leaf is loaded into them before anything else is written
    made = bytes(node[2])
    build.new_leaves.append((node[1], id(made) + bytes.__basicsize__ - 1, made))
    return made


_MAKERS: dict[str, Callable[[Build, int, Node], Any]] = {
    Tag.NAMED: _make_named,
    Tag.CLASS: _make_named,
    Tag.LIST: lambda build, number, node: [],
    Tag.PLAIN_LIST: lambda build, number, node: [],
    Tag.TUPLE: _make_tuple,
    Tag.PLAIN_TUPLE: _make_tuple,
    Tag.DICT: _make_dict,
    Tag.SET: _make_set,
    Tag.DEQUE: lambda build, number, node: collections.deque(maxlen=node[1]),
    Tag.BYTEARRAY: lambda build, number, node: bytearray(),
    Tag.BIG_BYTES: _make_big_bytes,
    Tag.INSTANCE: _make_instance,
    Tag.FUNCTION: _make_function,
    Tag.CELL: lambda build, number, node: types.CellType(),
    Tag.METHOD: _make_method,
    Tag.BUILTIN_METHOD: _make_builtin_method,
    Tag.WEAKREF: _make_weakref,
    Tag.ENUM: _make_enum,
    Tag.REDUCED: _make_reduced,
    Tag.CONSTANT: _make_constant,
    Tag.TENSOR: _make_by_library,
    Tag.STORAGE: _make_by_library,
    Tag.ARRAY: _make_by_library,
    Tag.OBJECT_ARRAY: _make_by_library,
    Tag.MEMORY: _make_by_library,
    Tag.GENERATOR: _make_by_library,
}
