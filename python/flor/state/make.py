"""How a recorded object that has no live counterpart is made: what is mutable as an empty shell, so that cycles close."""

from __future__ import annotations

import collections
import itertools
import operator
import sys
import threading
import types
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import write
from .frozen import Stretch, decode
from .graph import PROXY, Node, Tag
from .iterators import deprecation_unsaid
from .layout import layout_of

if TYPE_CHECKING:
    from .build import Build


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
    if not node[1]:
        return set()
    members = [build.value(member) for member in node[2]]
    return frozenset(build.way_to_order(number, node)(members) if node[3] else members)


def _make_stretch(build: Build, number: int, node: Node) -> Any:
    encoded = build.read_leaf(node[3])
    try:
        return Stretch(node[1], decode(encoded), encoded)
    except ValueError as error:
        raise build.refuse(number, str(error)) from error


def _make_frozen(build: Build, number: int, node: Node) -> Any:
    if node[1] == "tuple":
        return tuple(itertools.chain.from_iterable(build.value(stretch).items for stretch in node[3]))
    return [] if node[1] == "list" else {}


def _make_instance(build: Build, number: int, node: Node) -> Any:
    cls = build.value(node[1])
    layout = layout_of(cls)
    if layout is None:
        raise build.refuse(number, f"{cls.__qualname__} keeps a part of itself in C")
    base: Any = layout.base or (cls if cls is types.SimpleNamespace else object)
    payload = (build.value(node[2]),) if node[2] is not None and layout.is_value else ()
    return base.__new__(cls, *payload)


def _make_function(build: Build, number: int, node: Node) -> Any:
    found = build.code.code_for(node[1])
    if found is None:
        raise build.refuse(number, f"the code of the function {node[1][1]} is not unique, or not there")
    code, module_globals = found
    if len(code.co_freevars) != len(node[2]):
        raise build.refuse(number, f"a probe in {node[1][1]} looks at a variable around it that the function did not keep")
    closure = tuple(map(build.value, node[2])) or None
    made = types.FunctionType(code, module_globals, code.co_name, None, closure)
    made.__qualname__ = node[1][1]
    return made


def _make_method(build: Build, number: int, node: Node) -> Any:
    return types.MethodType(build.value(node[1]), build.value(node[2]))


def _make_builtin_method(build: Build, number: int, node: Node) -> Any:
    return getattr(build.value(node[1]), node[2])


def _make_weakref(build: Build, number: int, node: Node) -> Any:
    if node[2] not in (False, PROXY[False]):
        raise build.refuse(number, "a weak reference with a callback that is not in the live program")
    target = build.value(node[1])
    return (weakref.proxy if node[2] else weakref.ref)(target if target is not None else _Gone())


class _Gone:
    """The target of a weak reference that is dead already."""


def _make_enum(build: Build, number: int, node: Node) -> Any:
    cls = build.value(node[1])
    return cls(build.value(node[3])) if node[2] is None else cls[node[2]]


def _make_reduced(build: Build, number: int, node: Node) -> Any:
    function = build.value(node[1])
    for container in build.argument_containers(node):
        if container in build.made:
            write.fill_container(build, build.objects[container], build.graph.nodes[container])
    try:
        with deprecation_unsaid():
            return function(*build.value(node[2]))
    except Exception as error:  # whatever a foreign type raises here means: it cannot be had
        raise build.refuse(number, f"it cannot be made anew: {error}") from error


def _make_constant(build: Build, number: int, node: Node) -> Any:
    named = {"ellipsis": Ellipsis, "NotImplementedType": NotImplemented}
    if node[1] in named:
        return named[node[1]]
    raise build.refuse(number, f"a {node[1]} that is not in the live program")


def _make_lock(build: Build, number: int, node: Node) -> Any:
    """A lock that nobody holds is like any other."""
    made = {("_thread.lock", "locked: False"): threading.Lock, ("_thread.RLock", "owned: False"): threading.RLock}
    if node[1:3] not in made:
        raise build.refuse(number, f"{node[1]} cannot be made anew")
    return made[node[1:3]]()


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


MAKERS: dict[str, Callable[[Build, int, Node], Any]] = {
    Tag.NAMED: _make_named,
    Tag.CLASS: _make_named,
    Tag.LIST: lambda build, number, node: [],
    Tag.PLAIN_LIST: lambda build, number, node: [],
    Tag.TUPLE: _make_tuple,
    Tag.PLAIN_TUPLE: _make_tuple,
    Tag.DICT: _make_dict,
    Tag.SET: _make_set,
    Tag.FROZEN: _make_frozen,
    Tag.STRETCH: _make_stretch,
    Tag.DEQUE: lambda build, number, node: collections.deque(maxlen=node[1]),
    Tag.BYTEARRAY: lambda build, number, node: bytearray(),
    Tag.BIG_BYTES: _make_big_bytes,
    Tag.INSTANCE: _make_instance,
    Tag.FUNCTION: _make_function,
    Tag.CELL: lambda build, number, node: types.CellType(),
    Tag.METHOD: _make_method,
    Tag.HELD_STORAGE: lambda build, number, node: build.value(node[1]),
    Tag.BUILTIN_METHOD: _make_builtin_method,
    Tag.WEAKREF: _make_weakref,
    Tag.ENUM: _make_enum,
    Tag.REDUCED: _make_reduced,
    Tag.CONSTANT: _make_constant,
    Tag.OPAQUE: _make_lock,
    Tag.TENSOR: _make_by_library,
    Tag.STORAGE: _make_by_library,
    Tag.ARRAY: _make_by_library,
    Tag.OBJECT_ARRAY: _make_by_library,
    Tag.MEMORY: _make_by_library,
    Tag.GENERATOR: _make_by_library,
}
