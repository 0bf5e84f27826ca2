"""Pass three of a restore: the live objects get their recorded contents, in place.

Objects that hold the same already are not touched: iterators over them stay valid and nothing is bound anew without need. Memory
comes first (its bytes have been verified), containers keyed by objects last (a key's hash may depend on what was written),
and after those the objects that take their state by a call.
"""

from __future__ import annotations

import contextvars
import itertools
import types
from typing import TYPE_CHECKING, Any

from .code_objects import class_state, function_in
from .edges import children, keyed
from .graph import EMPTY, Node, Tag, is_reference
from .instances import slots_of
from .iterators import deprecation_unsaid
from .layout import Layout, layout_of
from .sets import way_to_order

if TYPE_CHECKING:
    from .build import Build


def write(build: Build) -> None:
    """Fills everything that was made or has changed."""
    late: list[int] = []
    for number, node in enumerate(build.graph.nodes):
        if is_unchanged(build, number, node):
            continue
        if _is_late(node):
            late.append(number)
        else:
            _fill(build, number, node)
    for number in sorted(late, key=lambda number: _ORDER.get(build.graph.nodes[number][0], 0)):
        _fill(build, number, build.graph.nodes[number])


def _is_late(node: Node) -> bool:
    """Whether what the node holds is copied out of other objects, or hashed: those must be full by then."""
    if node[0] == Tag.INSTANCE:
        return node[2] is not None
    if node[0] == Tag.TENSOR:
        return node[8] is not None
    return node[0] in _ORDER or bool(keyed(node))


_ORDER = {Tag.INSTANCE: 1, Tag.FUNCTION: 1, Tag.TENSOR: 1, Tag.REDUCED: 2, Tag.GENERATOR: 3}


def is_unchanged(build: Build, number: int, node: Node) -> bool:
    """Whether a node's object holds what is recorded already."""
    if node[0] not in _FILLERS:
        return True
    partner = build.match.live_of[number]
    if partner is None or number in build.made:
        return False
    if node[0] == Tag.REDUCED:
        return build.comparison.same_deeply(number)
    live = build.match.live.nodes[partner]
    if not build.comparison.same_fields(node, live) or _points_to_made(build, node):
        return False
    if node[0] == Tag.SET and node[3] not in (live[3], True):  # it would go on in another order; True: nobody wrote it down
        return False
    # The payload is a copy made by the walk: that it has a partner says nothing of what is in it.
    has_payload = node[0] == Tag.INSTANCE and is_reference(node[2])
    return not has_payload or is_unchanged(build, node[2], build.graph.nodes[node[2]])


def _points_to_made(build: Build, node: Node) -> bool:
    """Whether a child had a partner but was made anew all the same (an immutable one whose parts changed)."""
    return any(child in build.made for child in children(build.graph, node))


def _fill(build: Build, number: int, node: Node) -> None:
    _FILLERS[node[0]](build, build.objects[number], node)


def fill_container(build: Build, target: Any, node: Node) -> None:
    """Contents of a list, dict, set or deque."""
    _FILLERS[node[0]](build, target, node)


def _fill_list(build: Build, target: list[Any], node: Node) -> None:
    list.__setitem__(target, slice(None), list(map(build.value, node[1])))


def _fill_plain_list(build: Build, target: list[Any], node: Node) -> None:
    list.__setitem__(target, slice(None), list(node[1]))


def _fill_dict(build: Build, target: dict[Any, Any], node: Node) -> None:
    if node[2]:
        target.default_factory = build.value(node[2][0])  # type: ignore[attr-defined]
    items = [(build.value(key), build.value(value)) for key, value in zip(node[3], node[4])]
    _assign_items(target, items)


def _assign_items(target: dict[Any, Any], items: list[tuple[Any, Any]]) -> None:
    """Sets items; where the keys are the same in the same order, the table of keys is left as it is."""
    same_keys = len(target) == len(items) and all(
        mine is theirs or (type(mine) is type(theirs) and mine == theirs) for mine, (theirs, _) in zip(target, items)
    )
    kind = type(target) if type(target).__module__ == "collections" else dict
    if not same_keys:
        kind.clear(target)
    for key, value in items:
        kind.__setitem__(target, key, value)


def _fill_set(build: Build, target: set[Any], node: Node) -> None:
    if node[1]:
        return
    members = [build.value(member) for member in node[2]]
    way = way_to_order(members, node[3], target) if node[3] else None
    set.clear(target)
    set.update(target, way(members) if way is not None else members)


def _fill_deque(build: Build, target: Any, node: Node) -> None:
    target.clear()
    target.extend(map(build.value, node[2]))


def _fill_frozen(build: Build, target: Any, node: Node) -> None:
    items = itertools.chain.from_iterable(build.value(stretch).items for stretch in node[3])
    if node[1] == "list":
        list.__setitem__(target, slice(None), list(items))
    elif node[1] == "dict":
        _assign_items(target, list(zip(items, items)))  # a key, a value


def _fill_bytearray(build: Build, target: bytearray, node: Node) -> None:
    target[:] = node[1]


def _fill_instance(build: Build, target: Any, node: Node) -> None:
    layout = layout_of(type(target))
    assert layout is not None
    attributes = dict(zip(build.graph.shapes[node[3]], map(build.value, node[4])))
    _assign_attributes(build, target, layout, attributes)
    if node[2] is not None and not layout.is_value:
        _assign_payload(target, layout.base, build.value(node[2]))


def _assign_attributes(build: Build, target: Any, layout: Layout, attributes: dict[str, Any]) -> None:
    slots = {name: _slot(type(target), name) for name in layout.slots}
    for name, slot in slots.items():
        if name in attributes:
            slot.__set__(target, attributes.pop(name))
        elif name in slots_of(target, layout):
            slot.__delete__(target)
    if layout.has_dict and not build.assign_inline_attributes(target, attributes):
        _assign_items(object.__getattribute__(target, "__dict__"), list(attributes.items()))


def _slot(cls: type, name: str) -> Any:
    return next(vars(owner)[name] for owner in cls.__mro__ if isinstance(vars(owner).get(name), types.MemberDescriptorType))


def _assign_payload(target: Any, base: type | None, payload: Any) -> None:
    if base is list:
        list.__setitem__(target, slice(None), payload)
    elif base is BaseException:
        target.args = payload[0]
        link_exception(target, *payload[1:])
    elif base is set:
        set.clear(target)
        set.update(target, payload)
    elif base is not None and issubclass(base, dict):
        if hasattr(payload, "default_factory"):
            target.default_factory = payload.default_factory
        base.clear(target)
        for key, value in payload.items():
            base.__setitem__(target, key, value)
    else:
        base.clear(target)  # type: ignore[union-attr]
        base.extend(target, payload)  # type: ignore[union-attr]


def link_exception(target: BaseException, cause: Any, context: Any, suppress_context: bool, traceback: Any) -> None:
    """Puts back what `exception_links` has read."""
    target.__cause__, target.__context__ = cause, context
    target.__suppress_context__ = suppress_context  # after the cause, which sets it
    target.__traceback__ = traceback


def _fill_class(build: Build, target: type, node: Node) -> None:
    attributes = dict(zip(build.graph.shapes[node[3]], map(build.value, node[4])))
    for name, value in attributes.items():
        present = vars(target).get(name)
        if present is not value and (present is None or function_in(present) is not value):
            type.__setattr__(target, name, value)
    for name in set(class_state(target)[0]) - set(attributes):
        type.__delattr__(target, name)


def _fill_function(build: Build, target: types.FunctionType, node: Node) -> None:
    target.__defaults__ = build.value(node[3])
    target.__kwdefaults__ = build.value(node[4])
    attributes = build.value(node[5])
    if attributes is not target.__dict__:
        target.__dict__.clear()
        target.__dict__.update(attributes or {})


def _fill_cell(build: Build, target: types.CellType, node: Node) -> None:
    if node[1] == EMPTY:
        del target.cell_contents
    else:
        target.cell_contents = build.value(node[1])


def _fill_context_variable(build: Build, target: contextvars.ContextVar[Any], node: Node) -> None:
    if node[2] != EMPTY:
        target.set(build.value(node[2]))


def _fill_reduced(build: Build, target: Any, node: Node) -> None:
    state = build.value(node[3])
    if state is None:
        return
    if hasattr(target, "__setstate__"):
        with deprecation_unsaid():
            target.__setstate__(state)
    else:
        attributes, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
        target.__dict__.update(attributes or {})
        for name, value in (slots or {}).items():
            setattr(target, name, value)


def _fill_by_library(build: Build, target: Any, node: Node) -> None:
    if node[0] == Tag.TENSOR or (node[0] == Tag.GENERATOR and node[1] == "torch"):
        from . import tensor_restore

        tensor_restore.fill(build, target, node)
    else:
        from . import array_restore

        array_restore.fill(build, target, node)


_FILLERS: dict[str, Any] = {
    Tag.LIST: _fill_list,
    Tag.PLAIN_LIST: _fill_plain_list,
    Tag.FROZEN: _fill_frozen,
    Tag.DICT: _fill_dict,
    Tag.SET: _fill_set,
    Tag.DEQUE: _fill_deque,
    Tag.BYTEARRAY: _fill_bytearray,
    Tag.INSTANCE: _fill_instance,
    Tag.CLASS: _fill_class,
    Tag.FUNCTION: _fill_function,
    Tag.CELL: _fill_cell,
    Tag.CONTEXT_VARIABLE: _fill_context_variable,
    Tag.REDUCED: _fill_reduced,
    Tag.TENSOR: _fill_by_library,
    Tag.OBJECT_ARRAY: _fill_by_library,
    Tag.ARRAY: _fill_by_library,
    Tag.GENERATOR: _fill_by_library,
}
