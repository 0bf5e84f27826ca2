"""How objects are read that say themselves what they are made of (`__reduce_ex__`, `copyreg`)."""

from __future__ import annotations

import copyreg
import gc
import types
from typing import Any

from . import opaque
from .by_name import found_by_name
from .graph import Node, Tag
from .walk import Walk


def describe_mapping_proxy(walk: Walk, value: types.MappingProxyType[Any, Any]) -> Node:
    return (Tag.REDUCED, walk.reference(types.MappingProxyType), walk.reference(tuple(gc.get_referents(value))), None)


def describe_slice(walk: Walk, value: slice) -> Node:
    return (Tag.REDUCED, walk.reference(slice), walk.reference((value.start, value.stop, value.step)), None)


def describe_reduced(walk: Walk, value: Any) -> Node:
    """What the object's own `__reduce_ex__` says; opaque where it says that it cannot."""
    try:
        registered = copyreg.dispatch_table.get(type(value))
        reduced = value.__reduce_ex__(4) if registered is None else registered(value)
    except Exception as refusal:  # whatever a foreign type raises here means: it cannot be taken apart
        return opaque.node(value, None, str(refusal))
    if isinstance(reduced, str):
        return (Tag.NAMED, getattr(value, "__module__", None) or _module_with(value, reduced), reduced, "object")
    function, arguments, *more = reduced
    state = more[0] if more else None
    if len(more) > 1 and (more[1] is not None or (len(more) > 2 and more[2] is not None)):
        return opaque.node(value, None, "it is reduced to a stream of items")
    return (Tag.REDUCED, walk.reference(function), walk.reference(arguments), walk.reference(state))


def _module_with(value: Any, name: str) -> str:
    owner = type(value).__module__.partition(".")[0]
    return owner if found_by_name(owner, name) is value else "builtins"
